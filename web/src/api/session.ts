// The session's own requests. A wrong token or link is an answer like any other here, so these do
// not end the session that may be there.
import { Refusal, csrfHeader } from './client';
import type { Problem, TokenRole } from './types';

export interface Session {
  operator: {
    kind: 'token' | 'person';
    id: string;
    name: string | null;
    role: TokenRole;
    accounts: string[] | null;
    expires_at: string | null;
  };
  csrf_token: string;
  signed_in_at: string;
  idle_expires_at: string;
  expires_at: string;
  gateways_url: string;
  ca_sha256: string;
}

export interface SessionAnswer {
  session: Session | null;
  provider: { name: string } | null;
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...csrfHeader(method),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refusal('unreachable', '', 0, null);
  }
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return answer as T;
  const problem = (answer ?? {}) as Partial<Problem>;
  throw new Refusal(
    problem.code ?? 'unknown',
    problem.detail ?? response.statusText,
    response.status,
    problem.request_id ?? null,
  );
}

export const fetchSession = () => request<SessionAnswer>('GET', '/v1/session');

export const startSession = (proof: { token: string } | { code: string }) =>
  request<SessionAnswer>('POST', '/v1/session', proof);

export const endSession = (everywhere: boolean) =>
  request<void>('DELETE', everywhere ? '/v1/session?everywhere=true' : '/v1/session');
