// From all gateways of an account to the tiles that are shown: pure, and quick for thousands.
import type { Gateway, Status } from '../api/types';
import { millis } from '../i18n/time';

export interface Tile {
  primary: Gateway;
  secondaries: Gateway[];
}

export type Filter = 'all' | 'attention' | Status;
export type Sort = 'name' | 'status' | 'seen' | 'added';

export interface Question {
  text: string;
  filter: Filter;
  sort: Sort;
}

export function tilesOf(gateways: Iterable<Gateway>): Tile[] {
  const tiles = new Map<string, Tile>();
  const secondaries: Gateway[] = [];
  for (const gateway of gateways) {
    if (gateway.primary === null) tiles.set(gateway.id, { primary: gateway, secondaries: [] });
    else secondaries.push(gateway);
  }
  for (const gateway of secondaries) tiles.get(gateway.primary!)?.secondaries.push(gateway);
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

// Someone should look: it does not answer, its last installation failed, or its certificate ends.
export const needsAttention = (gateway: Gateway) =>
  gateway.status === 'red' ||
  (gateway.last_failure !== null && gateway.pending === null) ||
  aging(gateway, Date.now()) !== null;

function contains(gateway: Gateway, text: string): boolean {
  const { name, id, last_seen_from, version, host, pending } = gateway;
  const places = [name, id, last_seen_from, version, host?.hostname, pending?.host?.hostname];
  return places.some((place) => place?.toLowerCase().includes(text));
}

function passes(gateway: Gateway, filter: Filter): boolean {
  if (filter === 'all') return true;
  return filter === 'attention' ? needsAttention(gateway) : gateway.status === filter;
}

const urgency = (gateway: Gateway) => {
  if (gateway.status === 'red') return 0;
  if (needsAttention(gateway)) return 1;
  if (gateway.pending) return 2;
  return gateway.status === 'gray' ? 3 : 4;
};

const all = (tile: Tile) => [tile.primary, ...tile.secondaries];
const seen = (tile: Tile) =>
  Math.max(...all(tile).map((g) => (g.last_seen_at ? millis(g.last_seen_at) : 0)));

export function answer(tiles: Tile[], question: Question, locale: string): Tile[] {
  const text = question.text.trim().toLowerCase();
  const found = tiles.filter((tile) =>
    all(tile).some((g) => passes(g, question.filter) && (text === '' || contains(g, text))),
  );
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const byName = (a: Tile, b: Tile) => collator.compare(a.primary.name, b.primary.name);
  // Computed once for each tile, not once for each comparison.
  const by = (weigh: (tile: Tile) => number) => {
    const weights = new Map(found.map((tile) => [tile, weigh(tile)]));
    return (a: Tile, b: Tile) => weights.get(a)! - weights.get(b)! || byName(a, b);
  };
  switch (question.sort) {
    case 'name':
      return found.sort(byName);
    case 'status':
      return found.sort(by((tile) => Math.min(...all(tile).map(urgency))));
    case 'seen':
      return found.sort(by((tile) => -seen(tile)));
    case 'added':
      return found.sort(by((tile) => -millis(tile.primary.created_at)));
  }
}

export function countBy(gateways: Iterable<Gateway>): Record<Filter, number> {
  const counts = { all: 0, attention: 0, green: 0, red: 0, gray: 0 };
  for (const gateway of gateways) {
    counts.all += 1;
    counts[gateway.status] += 1;
    if (needsAttention(gateway)) counts.attention += 1;
  }
  return counts;
}

// There is a key to show: only while one is active.
export const hasKey = (gateway: Gateway) => gateway.registration_key?.state === 'active';
export const isRegistered = (gateway: Gateway) => gateway.registration === 'registered';
