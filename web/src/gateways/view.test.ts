import { describe, expect, test } from 'vitest';
import type { Gateway } from '../api/types';
import { aging, answer, countBy, needsAttention, tilesOf, type Question } from './view';

const base: Gateway = {
  id: 'gw_00000001',
  account: 'acme',
  name: 'Head office',
  labels: {},
  note: null,
  role: 'primary',
  primary: null,
  status: 'gray',
  status_reason: null,
  registration: 'unregistered',
  connection: null,
  restored: false,
  last_seen_at: null,
  last_seen_from: null,
  version: null,
  host: null,
  registration_key: null,
  pending: null,
  certificate: null,
  last_failure: null,
  created_at: '2026-01-01T00:00:00.000000Z',
  sequence: 1,
};
const failure = { reason: 'command_failed', detail: null, at: '2026-01-01T00:00:00.000000Z' };
let number = 0;
const gateway = (name: string, parts: Partial<Gateway> = {}): Gateway => ({
  ...base,
  id: `gw_${String((number += 1)).padStart(8, '0')}`,
  name,
  ...parts,
});

const office = gateway('Head office', { status: 'green', version: '6.2.0' });
const spare = gateway('Spare', {
  primary: office.id,
  role: 'secondary',
  status: 'red',
  status_reason: 'not_seen',
  last_seen_from: '192.0.2.7',
  last_seen_at: '2026-01-03T00:00:00.000000Z',
});
const site10 = gateway('Site 10', { created_at: '2026-02-01T00:00:00.000000Z' });
const site9 = gateway('Site 9', { last_failure: failure });
const all = [spare, site10, office, site9];

const ask = (question: Partial<Question>) =>
  answer(tilesOf(all), { text: '', filter: 'all', sort: 'name', ...question }, 'en').map(
    (tile) => tile.primary.name,
  );

describe('the age of a certificate', () => {
  const certificate = {
    serial: '0'.repeat(32),
    not_after: '2026-04-01T00:00:00.000000Z',
    renew_after: '2026-03-01T00:00:00.000000Z',
    sha256: '0'.repeat(64),
  };
  const at = (day: string) => aging(gateway('Old', { certificate }), Date.parse(day));
  test('is no matter until half of the time to renew it is over', () => {
    expect(at('2026-03-16T11:00:00Z')).toBe(null);
    expect(at('2026-03-16T13:00:00Z')).toBe('ending');
    expect(at('2026-04-01T00:00:00Z')).toBe('expired');
    expect(aging(gateway('None'), Date.now())).toBe(null);
  });
});

test('secondaries stand beneath their primary', () => {
  const tiles = tilesOf(all);
  expect(tiles.map((tile) => tile.primary.name)).toEqual(['Site 10', 'Head office', 'Site 9']);
  expect(tiles[1].secondaries).toEqual([spare]);
});

describe('questions and answers', () => {
  const rows: [Partial<Question>, string[]][] = [
    [{}, ['Head office', 'Site 9', 'Site 10']],
    [{ text: ' site ' }, ['Site 9', 'Site 10']],
    [{ text: '192.0.2' }, ['Head office']],
    [{ text: '6.2.0' }, ['Head office']],
    [{ text: 'nothing' }, []],
    [{ filter: 'red' }, ['Head office']],
    [{ filter: 'gray' }, ['Site 9', 'Site 10']],
    [{ filter: 'attention' }, ['Head office', 'Site 9']],
    [{ filter: 'green', text: 'site' }, []],
    [{ sort: 'status' }, ['Head office', 'Site 9', 'Site 10']],
    [{ sort: 'seen' }, ['Head office', 'Site 9', 'Site 10']],
    [{ sort: 'added' }, ['Site 10', 'Head office', 'Site 9']],
  ];
  test.each(rows)('%j', (question, names) => expect(ask(question)).toEqual(names));
});

test('what needs attention', () => {
  expect(needsAttention(spare)).toBe(true);
  expect(needsAttention(site9)).toBe(true);
  expect(needsAttention(site10)).toBe(false);
  expect(countBy(all)).toEqual({ all: 4, attention: 2, green: 1, red: 1, gray: 2 });
});
