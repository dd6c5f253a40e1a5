// The events that are shown, all of them, as one file.
import type { Fact } from '../api/types';
import { writeTable } from '../ui/csv';
import { learnGateways, nameKnown } from './names';
import { readPage, type HistoryFilter } from './useHistory';
import type { Seek } from './seek';

// A browser holds so many without trouble; whoever needs more uses the command line.
export const mostExported = 100_000;
const pageSize = 1000;

export interface Progress {
  read: number;
  taken: number;
}

// What has been gathered when it ends: all, as many as there may be, or what there was when it was stopped.
export async function gather(
  filter: HistoryFilter,
  seek: Seek | undefined,
  stop: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<{ facts: Fact[]; whole: boolean }> {
  const facts: Fact[] = [];
  let read = 0;
  let after: string | undefined;
  // Rows have the names that are known at the end.
  await learnGateways(filter.account);
  do {
    const page = await readPage(filter, after, pageSize);
    read += page.facts.length;
    facts.push(...(seek ? page.facts.filter(seek.matches) : page.facts));
    after = page.next ?? undefined;
    onProgress({ read, taken: Math.min(facts.length, mostExported) });
  } while (after !== undefined && facts.length < mostExported && !stop.aborted);
  const whole = after === undefined && facts.length <= mostExported;
  return { facts: facts.slice(0, mostExported), whole };
}

const columns = [
  'sequence',
  'time',
  'type',
  'account',
  'gateway',
  'gateway_name',
  'actor',
  'actor_name',
  'data',
];

export const csvOf = (facts: Fact[]) => writeTable([columns, ...facts.map(cells)]);

const cells = (fact: Fact) => [
  fact.sequence,
  fact.time,
  fact.type,
  fact.account,
  fact.gateway,
  fact.gateway && nameKnown(fact.gateway),
  fact.actor,
  fact.actor_name,
  JSON.stringify(fact.data),
];

export const jsonOf = (facts: Fact[]) => JSON.stringify(facts, null, 1) + '\n';
