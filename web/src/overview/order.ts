// Which accounts are shown and in which order: pure, and quick for thousands.
import type { AccountCounts } from '../api/types';
import { millis } from '../i18n/time';

export const sorts = ['name', 'gateways', 'attention', 'last'] as const;
export type Sort = (typeof sorts)[number];

export const allOf = ({ gateways }: AccountCounts) => gateways.green + gateways.red + gateways.gray;

// Names of accounts are lower-case letters, digits and dashes.
export function shownOf(
  accounts: AccountCounts[],
  text: string,
  sort: Sort,
  reverse: boolean,
  locale: string,
): AccountCounts[] {
  const sought = text.trim().toLowerCase();
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const weigh: Record<Exclude<Sort, 'name'>, (of: AccountCounts) => number> = {
    gateways: (of) => -allOf(of),
    attention: ({ gateways }) => -gateways.attention,
    last: (of) => -(of.last_event_at ? millis(of.last_event_at) : 0),
  };
  const turn = reverse ? -1 : 1;
  const byName = (a: AccountCounts, b: AccountCounts) => compare(a.account, b.account);
  const first =
    sort === 'name'
      ? byName
      : (a: AccountCounts, b: AccountCounts) => weigh[sort](a) - weigh[sort](b);
  return accounts
    .filter(({ account }) => account.includes(sought))
    .sort((a, b) => turn * first(a, b) || byName(a, b));
}

export function totalOf(accounts: AccountCounts[]): AccountCounts['gateways'] {
  const total = { green: 0, red: 0, gray: 0, attention: 0 };
  for (const { gateways } of accounts) {
    total.green += gateways.green;
    total.red += gateways.red;
    total.gray += gateways.gray;
    total.attention += gateways.attention;
  }
  return total;
}
