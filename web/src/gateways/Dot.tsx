// The dot and its words; never the colour alone.
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';

export function Dot({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const pending = gateway.pending !== null;
  const words =
    gateway.status === 'gray' && pending ? t.status.registering : t.status[gateway.status];
  return (
    <span className="dot-line">
      <span className={`dot dot-${gateway.status}${pending ? ' dot-pending' : ''}`} />
      <span className="dot-words">{words}</span>
      {pending && gateway.status !== 'gray' && (
        <span className="dot-more">{t.status.replacing}</span>
      )}
    </span>
  );
}
