// Every request to the server goes through here: the CSRF token goes along with those that change
// something, and a refusal becomes a `Refusal` that carries its code.
import createClient from 'openapi-fetch';
import type { paths } from './schema';
import { Refusal } from './asking';
import type { Problem } from './types';

export { Once, Refusal } from './asking';

// How soon what failed in passing is asked for again.
export const retryAfterMs = 3000;

// When the server last said anything: until then, what is shown was known to be true.
let lastWord = Date.now();
export const noteWord = () => void (lastWord = Date.now());
export const lastWordAt = () => lastWord;

let csrfToken: string | null = null;
export function setCsrfToken(token: string | null) {
  csrfToken = token;
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
    const changes = request.method !== 'GET' && request.method !== 'HEAD';
    if (changes && csrfToken) request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// The answer's body; throws a Refusal for anything but success, also when the server is out of reach.
export async function answerOf<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw new Refusal('unreachable', '', 0, null);
  }
  noteWord();
  if (answer.response.ok) return answer.data as T;
  const problem = (answer.error ?? {}) as Partial<Problem>;
  throw new Refusal(
    problem.code ?? 'unknown',
    problem.detail ?? answer.response.statusText,
    answer.response.status,
    problem.request_id ?? answer.response.headers.get('X-Request-Id'),
    problem.errors,
    Number(answer.response.headers.get('Retry-After')) || null,
  );
}

// The same for all that needs a session: where the server no longer knows it, the page is told.
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  try {
    return await answerOf(request);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated') onSignedOut();
    throw error;
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
