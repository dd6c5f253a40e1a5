// Gateways of all accounts by their names, as the server finds them.
import { api, ask } from '../api/client';
import type { Gateway } from '../api/types';

interface Found {
  gateways: Gateway[];
  next: string | null;
}

type Get = (
  path: string,
  options: { params: { query: Record<string, string | number> }; signal: AbortSignal },
) => Promise<{ data?: Found; error?: unknown; response: Response }>;

export const findGateways = (name: string, limit: number, signal: AbortSignal) =>
  ask((api.GET as unknown as Get)('/v1/gateways', { params: { query: { name, limit } }, signal }));
