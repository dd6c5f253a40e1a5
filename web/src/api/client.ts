// Every request to the server goes through here: the CSRF token goes along with those that change
// something, and a refusal becomes a `Refusal` that carries its code.
import createClient from 'openapi-fetch';
import type { paths } from './schema';
import type { Problem } from './types';

export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly status: number,
    readonly requestId: string | null,
    readonly errors: { pointer: string; detail: string }[] = [],
  ) {
    super(`${code}: ${detail}`);
  }
}

let csrfToken: string | null = null;
export function setCsrfToken(token: string | null) {
  csrfToken = token;
}

export function csrfHeader(method: string): Record<string, string> {
  const changes = method !== 'GET' && method !== 'HEAD';
  return changes && csrfToken ? { 'X-CSRF-Token': csrfToken } : {};
}

// Called when the server no longer knows this session.
let onSignedOut = () => {};
export function whenSignedOut(listener: () => void) {
  onSignedOut = listener;
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  querySerializer: { array: { style: 'form', explode: true } },
});

api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(csrfHeader(request.method))) {
      request.headers.set(name, value);
    }
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// The answer's body; throws a Refusal for anything but success, also when the server is out of reach.
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw new Refusal('unreachable', '', 0, null);
  }
  if (answer.response.ok) return answer.data as T;
  const problem = (answer.error ?? {}) as Partial<Problem>;
  const refusal = new Refusal(
    problem.code ?? 'unknown',
    problem.detail ?? answer.response.statusText,
    answer.response.status,
    problem.request_id ?? answer.response.headers.get('X-Request-Id'),
    problem.errors,
  );
  if (refusal.code === 'unauthenticated') onSignedOut();
  throw refusal;
}

// One Idempotency-Key for as long as the same is asked for: pressing a button again after a lost
// answer asks for the first answer once more, and changes nothing twice.
export class Once {
  #asked = '';
  #key = '';

  header(body: unknown): { 'Idempotency-Key': string } {
    const asked = JSON.stringify(body ?? null);
    if (asked !== this.#asked || !this.#key) {
      this.#asked = asked;
      this.#key = crypto.randomUUID();
    }
    return { 'Idempotency-Key': this.#key };
  }
}

// All pages of a list, one after another, each handed over as soon as it is there.
export async function eachPage<T>(
  fetchPage: (after: string | undefined) => Promise<{ rows: T[]; next: string | null }>,
  take: (rows: T[], last: boolean) => void,
) {
  let after: string | undefined;
  do {
    const page = await fetchPage(after);
    after = page.next ?? undefined;
    take(page.rows, after === undefined);
  } while (after !== undefined);
}
