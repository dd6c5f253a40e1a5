import { describe, expect, test } from 'vitest';
import type { Gateway } from '../api/types';
import {
  aging,
  answer,
  countBy,
  countLabels,
  keyTrouble,
  needsAttention,
  tilesOf,
  type Question,
} from './view';

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
const site10 = gateway('Site 10', {
  created_at: '2026-02-01T00:00:00.000000Z',
  labels: { site: 'Lyon', floor: '2' },
});
const site9 = gateway('Site 9', {
  last_failure: failure,
  labels: { site: 'Lyon' },
  note: 'Behind the Réception',
});
const all = [spare, site10, office, site9];

const ask = (question: Partial<Question>) =>
  answer(
    tilesOf(all, 'en'),
    { text: '', filter: 'all', sort: 'name', ...question },
    'en',
  ).tiles.map((tile) => tile.primary.name);

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
  const tiles = tilesOf(all, 'en');
  expect(tiles.map((tile) => tile.primary.name)).toEqual(['Site 10', 'Head office', 'Site 9']);
  expect(tiles[1].secondaries).toEqual([spare]);
});

test('secondaries are in the order of their names, wherever they come in the list', () => {
  const under = (name: string) => gateway(name, { primary: office.id, role: 'secondary' });
  const [tile] = tilesOf([under('Spare 10'), under('Spare 9'), office, under('backup')], 'en');
  expect(tile.secondaries.map(({ name }) => name)).toEqual(['backup', 'Spare 9', 'Spare 10']);
});

describe('the state of a key', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const key = (parts: Partial<NonNullable<Gateway['registration_key']>>) => ({
    generation: 1,
    state: 'active' as const,
    issued_at: '2026-01-01T00:00:00.000000Z',
    issued_by: 'system',
    expires_at: '2026-01-08T00:00:00.000000Z',
    redeemed_at: null,
    redeemed_from: null,
    ...parts,
  });
  const registered = { registration: 'registered' as const };
  const used = { redeemed_at: '2026-01-01T00:00:00.000000Z' };
  const rows: [ReturnType<typeof key>, Partial<Gateway>, ReturnType<typeof keyTrouble>][] = [
    [key({}), {}, null],
    [key({ expires_at: '2026-01-01T23:59:59.000000Z' }), {}, 'ending'],
    [key({ state: 'expired' }), {}, 'expired'],
    [key({ state: 'revoked' }), {}, 'revoked'],
    [key({ state: 'redeemed', ...used }), {}, null],
    [key({ state: 'expired' }), registered, 'expired'],
    [key({ state: 'revoked' }), registered, null],
  ];
  test.each(rows)('%j, %j', (registration_key, parts, trouble) =>
    expect(keyTrouble(gateway('Kiosk', { registration_key, ...parts }), now)).toBe(trouble),
  );
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
    [{ sort: 'added', reverse: true }, ['Head office', 'Site 9', 'Site 10']],
    [{ sort: 'version' }, ['Head office', 'Site 9', 'Site 10']],
    [{ sort: 'name', reverse: true }, ['Site 10', 'Site 9', 'Head office']],
    [{ labels: ['site:Lyon'] }, ['Site 9', 'Site 10']],
    [{ labels: ['site:Lyon', 'floor:2'] }, ['Site 10']],
    [{ text: 'lyon', labels: ['floor:2'] }, ['Site 10']],
    [{ text: 'reception' }, ['Site 9']],
  ];
  test.each(rows)('%j', (question, names) => expect(ask(question)).toEqual(names));
});

test('a tile is found by its secondary, which is said to match; accents do not matter', () => {
  const site = gateway('Siège');
  const cafe = gateway('Cafe\u0301 ﬁlm', { primary: site.id, role: 'secondary' });
  const ask = (text: string) =>
    answer(tilesOf([site, cafe], 'fr'), { text, filter: 'all', sort: 'name' }, 'fr');
  for (const [text, ids] of [
    ['siege', [site.id]],
    ['SIÈGE', [site.id]],
    ['café', [cafe.id]],
    ['FILM', [cafe.id]],
    ['', [site.id, cafe.id]],
  ] as const) {
    expect(ask(text).tiles).toHaveLength(1);
    expect([...ask(text).matches]).toEqual(ids);
  }
  expect(ask('sieges').tiles).toEqual([]);
});

test('what needs attention', () => {
  expect(needsAttention(spare)).toBe(true);
  expect(needsAttention(site9)).toBe(true);
  expect(needsAttention(site10)).toBe(false);
  // An attempt on a gateway that is not registered takes nothing from anyone.
  const busy = gateway('Busy', { status: 'green', registration: 'registered' });
  const attempts = new Map([busy, site10].map(({ id }) => [id, new Date().toISOString()]));
  expect(needsAttention(busy)).toBe(false);
  expect(needsAttention(busy, attempts)).toBe(true);
  expect(needsAttention(site10, attempts)).toBe(false);
  expect(needsAttention(busy, new Map([[busy.id, busy.created_at]]))).toBe(false);
  expect(countBy(all)).toEqual({ all: 4, attention: 2, green: 1, red: 1, gray: 2 });
});

test('labels are counted by key and value', () => {
  expect(countLabels(all)).toEqual([
    ['floor:2', 1],
    ['site:Lyon', 2],
  ]);
});

test('versions are in the order of their numbers, and none comes last', () => {
  const versions = ['6.10.0', null, '6.9.1'].map((version) => gateway(`v${version}`, { version }));
  const { tiles } = answer(
    tilesOf(versions, 'en'),
    { text: '', filter: 'all', sort: 'version' },
    'en',
  );
  expect(tiles.map(({ primary }) => primary.version)).toEqual(['6.9.1', '6.10.0', null]);
});
