// What happens, as it happens: the server's event stream, kept open. The browser comes back by
// itself after a lost connection, with the last position it saw; when the server refuses (it was
// restarted, the session ended) this asks again later, from where it stood.
import { useEffect, useRef, useState } from 'react';
import { Refusal, api, ask, lastWordAt, noteWord, retryAfterMs } from './client';
import type { EventType, Fact } from './types';

export interface Live {
  close(): void;
}

interface Listener {
  onFact(fact: Fact): void;
  onState(live: boolean): void;
  // The place we stood at is of another ledger or too far back: everything must be read again.
  onLost(): void;
}

export type StreamFilter = {
  account?: string;
  gateway?: string;
  type?: EventType[];
  actor?: string;
};

// How often an open stream is taken as word from the server. The comments that keep it open are not handed
// to scripts, and a machine that sleeps does not count.
const tickMs = 5000;

// The position of the ledger's last event, from which a stream and a list can be put together
// without a gap: first this, then the list, then what came since.
export async function lastPosition(): Promise<string> {
  const ledger = await ask(api.GET('/v1/ledger'));
  return `${ledger.epoch}-${ledger.size - 1}`;
}

export function follow(
  types: readonly EventType[],
  filter: StreamFilter,
  after: string,
  listener: Listener,
): Live {
  let source: EventSource | null = null;
  let timer: number | undefined;
  let position = after;

  const open = () => {
    const query = new URLSearchParams({ after: position });
    if (filter.account) query.set('account', filter.account);
    if (filter.gateway) query.set('gateway', filter.gateway);
    if (filter.actor) query.set('actor', filter.actor);
    for (const type of filter.type ?? []) query.append('type', type);
    source = new EventSource(`/v1/events/stream?${query}`);
    source.onopen = () => listener.onState(true);
    source.onerror = () => {
      listener.onState(false);
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = window.setTimeout(comeBack, retryAfterMs);
    };
    for (const type of types) {
      source.addEventListener(type, (message: MessageEvent<string>) => {
        noteWord();
        position = message.lastEventId;
        listener.onFact(JSON.parse(message.data) as Fact);
      });
    }
  };

  const comeBack = async () => {
    try {
      const last = await lastPosition();
      if (last.split('-')[0] === position.split('-')[0]) open();
      else listener.onLost();
    } catch {
      timer = window.setTimeout(comeBack, retryAfterMs);
    }
  };

  open();
  const tick = window.setInterval(() => {
    if (source?.readyState === EventSource.OPEN) noteWord();
  }, tickMs);
  return {
    close() {
      window.clearInterval(tick);
      window.clearTimeout(timer);
      source?.close();
    },
  };
}

export interface Liveness {
  live: boolean;
  // While it is not live: when it last was up to date.
  staleSince: number | null;
  // Why it could not be read.
  refusal: Refusal | null;
}
export const notLive: Liveness = { live: false, staleSince: null, refusal: null };

interface Parts {
  types: readonly EventType[];
  filter: StreamFilter;
  // Reads what is followed, all of it.
  read(): Promise<unknown>;
  onFact(fact: Fact): void;
  onChange(state: Liveness): void;
}

// What is read once and then followed: the stream is open at the ledger's end before the reading begins, so
// that no event is missed in between. What fails in passing, or stands at a place that is lost, begins again.
export class Following {
  #state = notLive;
  #live: Live | null = null;
  #retry: number | undefined;
  // Counts the openings: one that was overtaken by the next, or by the end, changes nothing.
  #round = 0;

  constructor(readonly parts: Parts) {}

  #set(part: Partial<Liveness>) {
    this.#state = { ...this.#state, ...part };
    this.parts.onChange(this.#state);
  }

  open = async () => {
    this.close();
    const mine = this.#round;
    const isMine = () => mine === this.#round;
    const { types, filter, read, onFact } = this.parts;
    try {
      const position = await lastPosition();
      if (!isMine()) return;
      this.#live = follow(types, filter, position, {
        onFact,
        onState: (live) =>
          this.#set({ live, staleSince: live ? null : (this.#state.staleSince ?? lastWordAt()) }),
        onLost: () => void this.open(),
      });
      await read();
      if (isMine()) this.#set({ refusal: null });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!isMine()) return;
      this.#set({ refusal: error });
      if (error.passes) this.#retry = window.setTimeout(() => void this.open(), retryAfterMs);
    }
  };

  close() {
    ++this.#round;
    this.#live?.close();
    window.clearTimeout(this.#retry);
  }
}

// The same for a component. `read` is another function when there is another thing to read.
export function useFollowing(
  types: readonly EventType[],
  read: () => Promise<unknown>,
  onFact: (fact: Fact) => void,
) {
  const [state, setState] = useState(notLive);
  const following = useRef<Following | null>(null);
  useEffect(() => {
    const made = new Following({ types, filter: {}, read, onFact, onChange: setState });
    following.current = made;
    void made.open();
    return () => made.close();
  }, [types, read, onFact]);
  return { ...state, again: () => void following.current?.open() };
}
