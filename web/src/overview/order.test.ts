import { expect, test } from 'vitest';
import type { AccountStanding } from '../api/types';
import { shownOf, totalOf, type Sort } from './order';

const of = (account: string, green: number, attention: number, day: string) =>
  ({
    account,
    opened_at: '2026-01-01T00:00:00.000000Z',
    gateways: { green, red: attention, gray: 1, attention },
    last_event_at: `2026-01-0${day}T00:00:00.000000Z`,
  }) satisfies AccountStanding;
const accounts = [of('site-10', 1, 2, '3'), of('site-9', 5, 0, '1'), of('acme', 1, 2, '4')];

const rows: [Sort, boolean, string[]][] = [
  ['name', false, ['acme', 'site-9', 'site-10']],
  ['name', true, ['site-10', 'site-9', 'acme']],
  ['gateways', false, ['site-9', 'acme', 'site-10']],
  ['attention', false, ['acme', 'site-10', 'site-9']],
  ['last', false, ['acme', 'site-10', 'site-9']],
  ['last', true, ['site-9', 'site-10', 'acme']],
];
test.each(rows)('by %s, reversed %s', (sort, reverse, names) =>
  expect(shownOf(accounts, '', sort, reverse, 'en').map(({ account }) => account)).toEqual(names),
);

test('searched by a part of the name, and added up', () => {
  expect(shownOf(accounts, ' SITE ', 'name', false, 'en')).toHaveLength(2);
  expect(totalOf(accounts)).toEqual({ green: 7, red: 4, gray: 3, attention: 4 });
});
