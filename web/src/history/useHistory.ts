// The events that match, newest first: a page of the past, more on request, and what comes live.
import { useCallback, useEffect, useState } from 'react';
import { Refusal, api, ask } from '../api/client';
import { follow, lastPosition, type Live } from '../api/live';
import type { EventType, Fact } from '../api/types';
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
  live: boolean;
  refusal: Refusal | null;
}

const pageSize = 50;
const nothing: History = { facts: [], next: null, loaded: false, live: false, refusal: null };

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
  } while (facts.length < pageSize && next !== undefined);
  return { facts, next: next ?? null };
}

export function useHistory(filter: HistoryFilter, onFact?: () => void) {
  const [history, setHistory] = useState<History>(nothing);
  const [round, setRound] = useState(0);
  const question = JSON.stringify(filter);

  useEffect(() => {
    const asked = JSON.parse(question) as HistoryFilter;
    let live: Live | null = null;
    let ended = false;
    const set = (change: (now: History) => History) => {
      if (!ended) setHistory(change);
    };
    const begin = async () => {
      const position = await lastPosition();
      const page = await readSome(asked);
      if (ended) return;
      set(() => ({ ...nothing, ...page, loaded: true }));
      // What has an end in the past gets no more events.
      if (asked.until && Date.parse(asked.until) < Date.now()) return;
      const { account, gateway, actor } = asked;
      const stream = { account, gateway, actor, type: asked.types };
      live = follow(asked.types ?? allEventTypes, stream, position, {
        onFact: (fact) => {
          set((now) => ({ ...now, facts: withFact(now.facts, fact) }));
          onFact?.();
        },
        onState: (on) => set((now) => ({ ...now, live: on })),
        onLost: () => setRound((n) => n + 1),
      });
    };
    set(() => nothing);
    begin().catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      set((now) => ({ ...now, refusal: error, loaded: true }));
    });
    return () => {
      ended = true;
      live?.close();
    };
  }, [question, round, onFact]);

  const older = useCallback(async () => {
    if (!history.next) return;
    const page = await readSome(JSON.parse(question) as HistoryFilter, history.next);
    setHistory((now) => ({ ...now, facts: [...now.facts, ...page.facts], next: page.next }));
  }, [history.next, question]);

  return { history, older };
}

// The list and the stream overlap by a little; an event is shown once.
function withFact(facts: Fact[], fact: Fact): Fact[] {
  if (facts.some((each) => each.sequence === fact.sequence)) return facts;
  return [fact, ...facts].sort((a, b) => b.sequence - a.sequence);
}
