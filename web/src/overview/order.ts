// Which accounts are shown and in which order: pure, and quick for thousands.
import type { AccountStanding } from '../api/types';
import { millis } from '../i18n/time';

export const sorts = ['name', 'gateways', 'attention', 'last'] as const;
export type Sort = (typeof sorts)[number];

export const allOf = ({ gateways }: AccountStanding) =>
  gateways.green + gateways.red + gateways.gray;

// Names of accounts are lower-case letters, digits and dashes.
export function shownOf(
  accounts: AccountStanding[],
  text: string,
  sort: Sort,
  reverse: boolean,
  locale: string,
): AccountStanding[] {
  const sought = text.trim().toLowerCase();
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const weigh: Record<Exclude<Sort, 'name'>, (of: AccountStanding) => number> = {
    gateways: (of) => -allOf(of),
    attention: ({ gateways }) => -gateways.attention,
    last: (of) => -millis(of.last_event_at),
  };
  const turn = reverse ? -1 : 1;
  const byName = (a: AccountStanding, b: AccountStanding) => compare(a.account, b.account);
  const first =
    sort === 'name'
      ? byName
      : (a: AccountStanding, b: AccountStanding) => weigh[sort](a) - weigh[sort](b);
  return accounts
    .filter(({ account }) => account.includes(sought))
    .sort((a, b) => turn * first(a, b) || byName(a, b));
}

export function totalOf(accounts: AccountStanding[]): AccountStanding['gateways'] {
  const total = { green: 0, red: 0, gray: 0, attention: 0 };
  for (const { gateways } of accounts) {
    total.green += gateways.green;
    total.red += gateways.red;
    total.gray += gateways.gray;
    total.attention += gateways.attention;
  }
  return total;
}
