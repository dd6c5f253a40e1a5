// From all gateways of an account to the tiles that are shown: pure, and quick for thousands.
import type { Gateway, Status } from '../api/types';
import { fold } from '../i18n/text';
import { millis } from '../i18n/time';

export interface Tile {
  primary: Gateway;
  secondaries: Gateway[];
}

// When somebody was last refused with a key or a certificate of a gateway, by its id.
export type Attempts = ReadonlyMap<string, string>;
const noAttempts: Attempts = new Map();
const dayMs = 86_400_000;

// When it was, where that matters: on a gateway that is registered, in the last day.
export function attemptOn(gateway: Gateway, attempts: Attempts): string | undefined {
  const at = attempts.get(gateway.id);
  if (!at || !isRegistered(gateway)) return undefined;
  return Date.now() - millis(at) < dayMs ? at : undefined;
}

export type Filter = 'all' | 'attention' | Status;
export const sorts = [
  'name',
  'account',
  'status',
  'seen',
  'version',
  'address',
  'key',
  'added',
] as const;
export type Sort = (typeof sorts)[number];

export interface Question {
  text: string;
  filter: Filter;
  sort: Sort;
  // From the other end.
  reverse?: boolean;
  // `key:value`, all of which must be there.
  labels?: readonly string[];
}

// As the address and the server's filter write a label.
export const labelsOf = (gateway: Gateway): string[] =>
  Object.entries(gateway.labels)
    .map(([key, value]) => `${key}:${value}`)
    .sort();

const collator = (locale: string) =>
  new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });

export function tilesOf(gateways: Iterable<Gateway>, locale: string): Tile[] {
  const tiles = new Map<string, Tile>();
  const secondaries: Gateway[] = [];
  for (const gateway of gateways) {
    if (gateway.primary === null) tiles.set(gateway.id, { primary: gateway, secondaries: [] });
    else secondaries.push(gateway);
  }
  for (const gateway of secondaries) tiles.get(gateway.primary!)?.secondaries.push(gateway);
  const order = collator(locale);
  for (const tile of tiles.values()) {
    tile.secondaries.sort((a, b) => order.compare(a.name, b.name));
  }
  return [...tiles.values()];
}

// What is wrong with the age of its certificate: it should have been renewed long ago (half of the
// time for that is over), or has ended.
export function aging(gateway: Gateway, now: number): 'ending' | 'expired' | null {
  if (!gateway.certificate) return null;
  const end = millis(gateway.certificate.not_after);
  if (now >= end) return 'expired';
  return now >= (millis(gateway.certificate.renew_after) + end) / 2 ? 'ending' : null;
}

// What is wrong with its key: it ended unused, or will within a day. A key that was revoked ended an
// installation that somebody may wait for; for a gateway that is registered nothing is left to be done.
export function keyTrouble(gateway: Gateway, now: number): 'ending' | 'expired' | 'revoked' | null {
  const key = gateway.registration_key;
  if (!key || gateway.pending || key.redeemed_at) return null;
  if (key.state === 'active') return millis(key.expires_at) - now < dayMs ? 'ending' : null;
  if (key.state === 'expired') return 'expired';
  return key.state === 'revoked' && !isRegistered(gateway) ? 'revoked' : null;
}

// Someone should look: it does not answer, its last installation failed, its certificate or its key ends,
// or somebody else tried to be it.
export const needsAttention = (gateway: Gateway, attempts = noAttempts) =>
  gateway.status === 'red' ||
  (gateway.last_failure !== null && gateway.pending === null) ||
  aging(gateway, Date.now()) !== null ||
  keyTrouble(gateway, Date.now()) !== null ||
  attemptOn(gateway, attempts) !== undefined;

function contains(gateway: Gateway, text: string): boolean {
  const { name, id, account, last_seen_from, version, host, pending, note } = gateway;
  const places = [name, id, account, last_seen_from, version, note]
    .concat(host?.hostname ?? null, pending?.host?.hostname ?? null)
    .concat(Object.values(gateway.labels));
  return places.some((place) => place && fold(place).includes(text));
}

function passes(gateway: Gateway, filter: Filter, attempts: Attempts): boolean {
  if (filter === 'all') return true;
  return filter === 'attention' ? needsAttention(gateway, attempts) : gateway.status === filter;
}

const hasLabels = (gateway: Gateway, labels: readonly string[]) => {
  const has = labelsOf(gateway);
  return labels.every((label) => has.includes(label));
};

const urgency = (gateway: Gateway, attempts: Attempts) => {
  if (gateway.status === 'red') return 0;
  if (needsAttention(gateway, attempts)) return 1;
  if (gateway.pending) return 2;
  return gateway.status === 'gray' ? 3 : 4;
};

// What can be handed out comes first, then what ended unused, then what is spent.
const keyRank = ({ registration_key: key }: Gateway) =>
  key ? ['active', 'expired', 'revoked', 'superseded', 'redeemed'].indexOf(key.state) : 5;

const all = (tile: Tile) => [tile.primary, ...tile.secondaries];
const seen = (tile: Tile) =>
  Math.max(...all(tile).map((g) => (g.last_seen_at ? millis(g.last_seen_at) : 0)));

export interface Answer {
  tiles: Tile[];
  // The gateways that match, for which their tiles are there.
  matches: ReadonlySet<string>;
}

export function answer(
  tiles: Tile[],
  question: Question,
  locale: string,
  attempts = noAttempts,
): Answer {
  const text = fold(question.text.trim());
  const labels = question.labels ?? [];
  const matches = new Set<string>();
  for (const tile of tiles) {
    for (const g of all(tile)) {
      if (!passes(g, question.filter, attempts)) continue;
      if (text !== '' && !contains(g, text)) continue;
      if (labels.length === 0 || hasLabels(g, labels)) matches.add(g.id);
    }
  }
  const found = tiles.filter((tile) => all(tile).some((g) => matches.has(g.id)));
  sortTiles(found, question, locale, attempts);
  return { tiles: found, matches };
}

type Order = (a: Tile, b: Tile) => number;

function sortTiles(found: Tile[], question: Question, locale: string, attempts: Attempts) {
  const order = collator(locale);
  const byName: Order = (a, b) => order.compare(a.primary.name, b.primary.name);
  // Computed once for each tile, not once for each comparison.
  const by = (weigh: (tile: Tile) => number): Order => {
    const weights = new Map(found.map((tile) => [tile, weigh(tile)]));
    return (a, b) => weights.get(a)! - weights.get(b)!;
  };
  // What says nothing comes last.
  const byText = (textOf: (gateway: Gateway) => string | null): Order => {
    const last = by((tile) => (textOf(tile.primary) ? 0 : 1));
    return (a, b) => last(a, b) || order.compare(textOf(a.primary) ?? '', textOf(b.primary) ?? '');
  };
  const orders: Record<Sort, () => Order> = {
    name: () => byName,
    account: () => byText((g) => g.account),
    status: () => by((tile) => Math.min(...all(tile).map((g) => urgency(g, attempts)))),
    seen: () => by((tile) => -seen(tile)),
    version: () => byText((g) => g.version),
    address: () => byText((g) => g.last_seen_from),
    key: () => by((tile) => Math.min(...all(tile).map(keyRank))),
    added: () => by((tile) => -millis(tile.primary.created_at)),
  };
  const first = orders[question.sort]();
  const turn = question.reverse ? -1 : 1;
  found.sort((a, b) => turn * first(a, b) || byName(a, b));
}

// All labels there are, with how many gateways have each.
export function countLabels(gateways: Iterable<Gateway>): [string, number][] {
  const counts = new Map<string, number>();
  for (const gateway of gateways)
    for (const label of labelsOf(gateway)) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function countBy(
  gateways: Iterable<Gateway>,
  attempts = noAttempts,
): Record<Filter, number> {
  const counts = { all: 0, attention: 0, green: 0, red: 0, gray: 0 };
  for (const gateway of gateways) {
    counts.all += 1;
    counts[gateway.status] += 1;
    if (needsAttention(gateway, attempts)) counts.attention += 1;
  }
  return counts;
}

// There is a key to show: only while one is active.
export const hasKey = (gateway: Gateway) => gateway.registration_key?.state === 'active';
export const isRegistered = (gateway: Gateway) => gateway.registration === 'registered';
// It has been there, and no word has come from it since.
export const isSilent = (gateway: Gateway) =>
  gateway.status === 'red' && gateway.status_reason !== 'flapping' && !!gateway.last_seen_at;
