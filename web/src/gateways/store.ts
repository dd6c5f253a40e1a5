// The gateways of one account, kept as the server has them: the list is read once, page by page, and
// from then on every event of the stream names the gateway that must be read again.
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Refusal, api, ask, eachPage, lastWordAt, retryAfterMs } from '../api/client';
import { follow, lastPosition, type Live } from '../api/live';
import type { Fact, Gateway } from '../api/types';
import { learnName } from '../history/names';
import { allEventTypes, kindOfType, typesOf } from '../history/types';
import type { Attempts } from './view';

export interface Gateways {
  byId: ReadonlyMap<string, Gateway>;
  // Of the last day.
  attempts: Attempts;
  loaded: boolean;
  live: boolean;
  // While it is not live: when it last was up to date.
  staleSince: number | null;
  refusal: Refusal | null;
}

const pageSize = 1000;
// The first page is what fits on a screen and more, so that there is something to see at once.
const firstPageSize = 100;
const gatherMs = 60;
const readAtOnce = 4;
// How long a refused attempt is news, and how many are looked at.
const attemptsMs = 86_400_000;
const mostAttempts = 200;
// When more than this many gateways changed at once, the whole list is read again.
const readOneByOne = 100;

export class GatewayStore {
  #state: Gateways = {
    byId: new Map(),
    attempts: new Map(),
    loaded: false,
    live: false,
    staleSince: null,
    refusal: null,
  };
  #listeners = new Set<() => void>();
  #live: Live | null = null;
  #changed = new Set<string>();
  #timer: number | undefined;
  #retry: number | undefined;
  #closed = false;
  // Counts the openings: one that was overtaken by the next opens nothing.
  #round = 0;

  constructor(readonly account: string) {}

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  state = () => this.#state;

  async open() {
    const mine = ++this.#round;
    this.#closed = false;
    try {
      const position = await lastPosition();
      if (this.#closed || mine !== this.#round) return;
      this.#live = follow(allEventTypes, { account: this.account }, position, {
        onFact: (fact) => this.#take(fact),
        onState: (live) => this.#noteState(live),
        onLost: () => this.reopen(),
      });
      await Promise.all([this.#readAll(), this.#readAttempts()]);
    } catch (error) {
      if (mine === this.#round || !(error instanceof Refusal)) this.#fail(error);
    }
  }

  close() {
    this.#closed = true;
    this.#live?.close();
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#retry);
  }

  // Reads everything again, from where the ledger stands then.
  reopen = () => {
    this.#live?.close();
    window.clearTimeout(this.#retry);
    if (!this.#closed) void this.open();
  };

  // What an answer said about a gateway, shown without waiting for the stream.
  put(gateway: Gateway) {
    const byId = new Map(this.#state.byId);
    byId.set(gateway.id, gateway);
    this.#set({ byId });
  }

  // Reads these again: when they were last seen changes without an event.
  refresh(ids: Iterable<string>) {
    for (const id of ids) this.#changed.add(id);
    this.#schedule();
  }

  #set(part: Partial<Gateways>) {
    if (this.#closed) return;
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }

  #fail(error: unknown) {
    if (!(error instanceof Refusal)) throw error;
    this.#set({ refusal: error, loaded: true });
    if (error.passes && !this.#closed) {
      window.clearTimeout(this.#retry);
      this.#retry = window.setTimeout(this.reopen, retryAfterMs);
    }
  }

  #noteState(live: boolean) {
    this.#set({ live, staleSince: live ? null : (this.#state.staleSince ?? lastWordAt()) });
    if (live && this.#changed.size > 0) this.#schedule();
  }

  async #readAll() {
    const byId = new Map<string, Gateway>();
    const first = this.#state.byId.size === 0;
    await eachPage(
      async (after) => {
        const limit = after || !first ? pageSize : firstPageSize;
        const page = await ask(
          api.GET('/v1/accounts/{account}/gateways', {
            params: { path: { account: this.account }, query: { after, limit } },
          }),
        );
        return { rows: page.gateways, next: page.next };
      },
      (rows, last) => {
        for (const gateway of rows) {
          byId.set(gateway.id, gateway);
          learnName(gateway.id, gateway.name, gateway.sequence);
        }
        if (first || last) this.#set({ byId: new Map(byId), loaded: last, refusal: null });
      },
    );
  }

  async #readAttempts() {
    const since = new Date(Date.now() - attemptsMs).toISOString();
    const page = await ask(
      api.GET('/v1/events', {
        params: {
          query: {
            account: this.account,
            type: typesOf('refusals'),
            since,
            order: 'desc',
            limit: mostAttempts,
          },
        },
      }),
    );
    for (const fact of [...page.events].reverse()) this.#noteAttempt(fact as Fact);
  }

  #noteAttempt({ gateway, time }: Fact) {
    if (gateway) this.#set({ attempts: new Map(this.#state.attempts).set(gateway, time) });
  }

  #take(fact: Fact) {
    if (kindOfType(fact.type) === 'refusals') this.#noteAttempt(fact);
    // Of the whole account: which gateways it concerned is not said.
    if (fact.type === 'RegistrationAccepted' && !fact.gateway) {
      this.refresh(this.#state.byId.keys());
      return;
    }
    if (!fact.gateway) return;
    this.#changed.add(fact.gateway);
    this.#schedule();
  }

  #schedule(afterMs = gatherMs) {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = window.setTimeout(() => void this.#readChanged(), afterMs);
  }

  async #readChanged() {
    const ids = [...this.#changed];
    let nextMs = gatherMs;
    this.#changed.clear();
    try {
      if (ids.length > readOneByOne) await this.#readAll();
      else await this.#readEach(ids);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Asked for again when the stream is live, or with the next event.
      for (const id of ids) this.#changed.add(id);
      nextMs = retryAfterMs;
    }
    this.#timer = undefined;
    if (this.#changed.size > 0 && this.#state.live) this.#schedule(nextMs);
  }

  async #readEach(ids: string[]) {
    const answers = new Map<string, Gateway | null>();
    const queue = [...ids];
    const worker = async () => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        answers.set(id, await readGateway(id));
      }
    };
    await Promise.all(Array.from({ length: readAtOnce }, worker));
    const byId = new Map(this.#state.byId);
    for (const [id, gateway] of answers) {
      if (!gateway) {
        byId.delete(id);
        continue;
      }
      byId.set(id, gateway);
      learnName(id, gateway.name, gateway.sequence);
    }
    this.#set({ byId });
  }
}

// Null when it was removed.
async function readGateway(id: string): Promise<Gateway | null> {
  try {
    return await ask(api.GET('/v1/gateways/{gateway}', { params: { path: { gateway: id } } }));
  } catch (error) {
    if (error instanceof Refusal && (error.status === 410 || error.status === 404)) return null;
    throw error;
  }
}

// The store of an account for as long as the page is there.
export function useGateways(account: string): [Gateways, GatewayStore] {
  const store = useMemo(() => new GatewayStore(account), [account]);
  useEffect(() => {
    void store.open();
    return () => store.close();
  }, [store]);
  return [useSyncExternalStore(store.subscribe, store.state), store];
}
