// The events that match, newest first: a page of the past, more on request, and what comes live.
import { useCallback, useEffect, useRef, useState } from 'react';
import { Refusal, api, ask, lastWordAt, retryAfterMs } from '../api/client';
import { follow, lastPosition, type Live } from '../api/live';
import type { EventType, Fact } from '../api/types';
import { currentEntry, keep, kept } from '../ui/place';
import { learnNames } from './names';
import { allEventTypes } from './types';

export interface HistoryFilter {
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
const nothing: History = {
  facts: [],
  next: null,
  loaded: false,
  live: false,
  staleSince: null,
  refusal: null,
};

const readPage = (filter: HistoryFilter, after?: string) =>
  ask(
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
          limit: pageSize,
          after,
        },
      },
    }),
  );

// With filters a page may be empty and still have a next one; what people ask for is events.
async function readSome(filter: HistoryFilter, after?: string) {
  const facts: Fact[] = [];
  let next = after;
  do {
    const page = await readPage(filter, next);
    facts.push(...(page.events as Fact[]));
    next = page.next ?? undefined;
    learnNames(facts);
  } while (facts.length < pageSize && next !== undefined);
  return { facts, next: next ?? null };
}

export function useHistory(filter: HistoryFilter, onFact?: () => void) {
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
      let page = await readSome(asked);
      // As much as had been opened here.
      while (page.next && page.facts.length < wanted) {
        const { facts, next } = await readSome(asked, page.next);
        if (ended) return;
        page = { facts: [...page.facts, ...facts], next };
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
  }, [question, round, again, onFact]);

  const older = useCallback(async () => {
    if (!history.next) return;
    const page = await readSome(JSON.parse(question) as HistoryFilter, history.next);
    const count = history.facts.length + page.facts.length;
    keep(entry, 'history', { question, count } satisfies Shown);
    setHistory((now) => ({ ...now, facts: [...now.facts, ...page.facts], next: page.next }));
  }, [history.next, history.facts.length, question, entry]);

  return { history, older, again };
}

// The list and the stream overlap by a little; an event is shown once.
function withFact(facts: Fact[], fact: Fact): Fact[] {
  if (facts.some((each) => each.sequence === fact.sequence)) return facts;
  return [fact, ...facts].sort((a, b) => b.sequence - a.sequence);
}
