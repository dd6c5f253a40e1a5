// The events that match, newest first: a page of the past, more on request, and what comes live.
import { useCallback, useEffect, useRef, useState } from 'react';
import { Refusal, api, ask, lastWordAt, retryAfterMs } from '../api/client';
import { follow, lastPosition, type Live } from '../api/live';
import type { EventType, Fact } from '../api/types';
import { currentEntry, keep, kept } from '../ui/place';
import { learnNames } from './names';
import type { Seek } from './seek';
import { allEventTypes } from './types';

export interface HistoryFilter {
  // What is searched for; the server is not asked for it.
  text?: string;
  account?: string;
  gateway?: string;
  types?: EventType[];
  actor?: string;
  // RFC 3339 in UTC.
  since?: string;
  until?: string;
}

export interface History {
  facts: Fact[];
  next: string | null;
  loaded: boolean;
  // How far back a search has looked, while it may find more.
  soughtTo: string | null;
  // Null where no more can come.
  live: boolean | null;
  // While it is not live: when it last was up to date.
  staleSince: number | null;
  refusal: Refusal | null;
}

// How much of which question was shown on this page.
interface Shown {
  question: string;
  count: number;
}

const pageSize = 50;
// A search reads events that it does not show: so many at once, and at most so many times before it asks.
const seekPageSize = 1000;
const seekPages = 10;
const nothing: History = {
  facts: [],
  next: null,
  loaded: false,
  soughtTo: null,
  live: false,
  staleSince: null,
  refusal: null,
};

export async function readPage(filter: HistoryFilter, after?: string, limit = pageSize) {
  const page = await ask(
    api.GET('/v1/events', {
      params: {
        query: {
          account: filter.account,
          gateway: filter.gateway,
          type: filter.types,
          actor: filter.actor,
          since: filter.since,
          until: filter.until,
          order: 'desc',
          limit,
          after,
        },
      },
    }),
  );
  const facts = page.events as Fact[];
  learnNames(facts);
  return { facts, next: page.next };
}

// With filters a page may be empty and still have a next one; what people ask for is events.
async function readSome(filter: HistoryFilter, after: string | undefined, seek?: Seek) {
  const facts: Fact[] = [];
  let next = after;
  let soughtTo: string | null = null;
  await seek?.ready();
  for (let pages = 0; facts.length < pageSize; ++pages) {
    const page = await readPage(filter, next, seek && seekPageSize);
    facts.push(...(seek ? page.facts.filter(seek.matches) : page.facts));
    soughtTo = page.facts.at(-1)?.time ?? soughtTo;
    next = page.next ?? undefined;
    if (next === undefined || (seek && pages + 1 >= seekPages)) break;
  }
  return { facts, next: next ?? null, soughtTo: seek && next !== undefined ? soughtTo : null };
}

// With `seek`, only what it matches; the server cannot search the words of the reader's language.
export function useHistory(filter: HistoryFilter, seek?: Seek, onFact?: () => void) {
  const [history, setHistory] = useState<History>(nothing);
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((n) => n + 1), []);
  const question = JSON.stringify(filter);
  const answered = useRef('');
  const [entry] = useState(currentEntry);

  useEffect(() => {
    const asked = JSON.parse(question) as HistoryFilter;
    let live: Live | null = null;
    let timer: number | undefined;
    let ended = false;
    const before = kept<Shown>('history');
    const wanted = before?.question === question ? before.count : 0;
    const set = (change: (now: History) => History) => {
      if (!ended) setHistory(change);
    };
    const begin = async () => {
      const position = await lastPosition();
      let page = await readSome(asked, undefined, seek);
      // As much as had been opened here.
      while (page.next && page.facts.length < wanted) {
        const more = await readSome(asked, page.next, seek);
        if (ended) return;
        page = { ...more, facts: [...page.facts, ...more.facts] };
      }
      if (ended) return;
      // What has an end in the past gets no more events.
      const over = asked.until !== undefined && Date.parse(asked.until) < Date.now();
      set(() => ({ ...nothing, ...page, loaded: true, live: over ? null : false }));
      if (over) return;
      const { account, gateway, actor } = asked;
      const stream = { account, gateway, actor, type: asked.types };
      live = follow(asked.types ?? allEventTypes, stream, position, {
        onFact: (fact) => {
          learnNames([fact]);
          if (!seek || seek.matches(fact))
            set((now) => ({ ...now, facts: withFact(now.facts, fact) }));
          onFact?.();
        },
        onState: (on) =>
          set((now) => ({
            ...now,
            live: on,
            staleSince: on ? null : (now.staleSince ?? lastWordAt()),
          })),
        onLost: again,
      });
    };
    // What is shown of another question goes at once; of the same, when there is better.
    if (answered.current !== question) set(() => nothing);
    answered.current = question;
    begin().catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      set((now) => ({ ...now, refusal: error, loaded: true }));
      if (error.passes && !ended) timer = window.setTimeout(again, retryAfterMs);
    });
    return () => {
      ended = true;
      window.clearTimeout(timer);
      live?.close();
    };
  }, [question, round, again, onFact, seek]);

  const older = useCallback(async () => {
    if (!history.next) return;
    const page = await readSome(JSON.parse(question) as HistoryFilter, history.next, seek);
    const count = history.facts.length + page.facts.length;
    keep(entry, 'history', { question, count } satisfies Shown);
    setHistory((now) => ({ ...now, ...page, facts: [...now.facts, ...page.facts] }));
  }, [history.next, history.facts.length, question, entry, seek]);

  return { history, older, again };
}

// The list and the stream overlap by a little; an event is shown once.
function withFact(facts: Fact[], fact: Fact): Fact[] {
  if (facts.some((each) => each.sequence === fact.sequence)) return facts;
  return [fact, ...facts].sort((a, b) => b.sequence - a.sequence);
}
