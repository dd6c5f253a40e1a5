// The body of a message as it is typed: JSON, not null, and not more than the ledger takes.
import type { Messages } from '../i18n/en';
import { fill } from '../i18n/text';

export const mostBytes = 4096;

export type Checked = { bytes: number } | { problem: string };

// The server counts the body without blanks.
export function checkBody(text: string, t: Messages): Checked {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: fill(t.messages.notJson, { why: (error as Error).message }) };
  }
  if (value === null) return { problem: t.messages.notNull };
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  if (bytes > mostBytes) {
    return { problem: fill(t.messages.tooLong, { used: bytes, most: mostBytes }) };
  }
  return { bytes };
}

// As the server takes it: numbers keep the form in which they were typed.
export const requestBody = (kind: string, body: string, seconds: number) =>
  `{"kind":${JSON.stringify(kind)},"body":${body},"expires_in_seconds":${seconds}}`;
