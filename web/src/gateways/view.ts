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
export type Sort = 'name' | 'status' | 'seen' | 'added';

export interface Question {
  text: string;
  filter: Filter;
  sort: Sort;
}

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
  const { name, id, last_seen_from, version, host, pending } = gateway;
  const places = [name, id, last_seen_from, version, host?.hostname, pending?.host?.hostname];
  return places.some((place) => place && fold(place).includes(text));
}

function passes(gateway: Gateway, filter: Filter, attempts: Attempts): boolean {
  if (filter === 'all') return true;
  return filter === 'attention' ? needsAttention(gateway, attempts) : gateway.status === filter;
}

const urgency = (gateway: Gateway, attempts: Attempts) => {
  if (gateway.status === 'red') return 0;
  if (needsAttention(gateway, attempts)) return 1;
  if (gateway.pending) return 2;
  return gateway.status === 'gray' ? 3 : 4;
};

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
  const matches = new Set<string>();
  for (const tile of tiles) {
    for (const g of all(tile)) {
      if (passes(g, question.filter, attempts) && (text === '' || contains(g, text)))
        matches.add(g.id);
    }
  }
  const found = tiles.filter((tile) => all(tile).some((g) => matches.has(g.id)));
  sortTiles(found, question.sort, locale, attempts);
  return { tiles: found, matches };
}

function sortTiles(found: Tile[], sort: Sort, locale: string, attempts: Attempts) {
  const order = collator(locale);
  const byName = (a: Tile, b: Tile) => order.compare(a.primary.name, b.primary.name);
  // Computed once for each tile, not once for each comparison.
  const by = (weigh: (tile: Tile) => number) => {
    const weights = new Map(found.map((tile) => [tile, weigh(tile)]));
    return (a: Tile, b: Tile) => weights.get(a)! - weights.get(b)! || byName(a, b);
  };
  const orders: Record<Sort, () => (a: Tile, b: Tile) => number> = {
    name: () => byName,
    status: () => by((tile) => Math.min(...all(tile).map((g) => urgency(g, attempts)))),
    seen: () => by((tile) => -seen(tile)),
    added: () => by((tile) => -millis(tile.primary.created_at)),
  };
  found.sort(orders[sort]());
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
