// The gateway whose page is shown, for the acts that the palette offers there.
import type { Gateway } from '../api/types';

let shown: Gateway | null = null;

export const noteShown = (gateway: Gateway | null) => void (shown = gateway);
export const shownGateway = () => shown;
