// Gateways of all accounts by their names, as the server finds them.
import { api, ask } from '../api/client';

export const findGateways = (name: string, limit: number, signal: AbortSignal) =>
  ask(api.GET('/v1/gateways', { params: { query: { name, limit } }, signal }));
