// How long a key can be valid, as the console offers it; the API takes any time up to a year.
import type { Messages } from '../i18n/en';

export type Validity = 'day' | 'week' | 'month';

export const validitySeconds: Record<Validity, number> = {
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
};

export const validityOptions = (t: Messages): [Validity, string][] => [
  ['day', t.generate.validities.day],
  ['week', t.generate.validities.week],
  ['month', t.generate.validities.month],
];
