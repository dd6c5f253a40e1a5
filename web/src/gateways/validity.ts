// How long a key can be valid: the usual choices, or any time that the server takes.
import type { Messages } from '../i18n/en';

export type Usual = 'day' | 'week' | 'month';
export type Unit = 'minutes' | 'hours' | 'days';

const unitSeconds: Record<Unit, number> = { minutes: 60, hours: 3600, days: 86_400 };
export const units = Object.keys(unitSeconds) as Unit[];
const usualDays: Record<Usual, number> = { day: 1, week: 7, month: 30 };

// As the API has it (ExpiresInSeconds).
const mostSeconds = 31_536_000;

export interface Validity {
  choice: Usual | 'other';
  // What was typed, for another time.
  amount: string;
  unit: Unit;
}

export const usualValidity: Validity = { choice: 'week', amount: '4', unit: 'hours' };

// Null where what was typed is no time that a key can be valid.
export function validitySeconds({ choice, amount, unit }: Validity): number | null {
  if (choice !== 'other') return usualDays[choice] * unitSeconds.days;
  if (!/^\d{1,6}$/.test(amount.trim())) return null;
  const seconds = Number(amount) * unitSeconds[unit];
  return seconds >= 1 && seconds <= mostSeconds ? seconds : null;
}

export const validityOptions = (t: Messages): [Validity['choice'], string][] => [
  ['day', t.generate.validities.day],
  ['week', t.generate.validities.week],
  ['month', t.generate.validities.month],
  ['other', t.path.validity.other],
];
