// The gateways of one account, kept as the server has them: the list is read once, page by page, and
// from then on every event of the stream names the gateway that must be read again.
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Refusal, api, ask, eachPage } from '../api/client';
import { follow, lastPosition, type Live } from '../api/live';
import type { Fact, Gateway } from '../api/types';
import { learnName } from '../history/names';
import { allEventTypes } from '../history/types';

export interface Gateways {
  byId: ReadonlyMap<string, Gateway>;
  loaded: boolean;
  live: boolean;
  refusal: Refusal | null;
}

const pageSize = 1000;
// The first page is what fits on a screen and more, so that there is something to see at once.
const firstPageSize = 100;
const gatherMs = 60;
const readAtOnce = 4;
// When more than this many gateways changed at once, the whole list is read again.
const readOneByOne = 100;

export class GatewayStore {
  #state: Gateways = { byId: new Map(), loaded: false, live: false, refusal: null };
  #listeners = new Set<() => void>();
  #live: Live | null = null;
  #changed = new Set<string>();
  #timer: number | undefined;
  #closed = false;

  constructor(readonly account: string) {}

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  state = () => this.#state;

  async open() {
    this.#closed = false;
    try {
      const position = await lastPosition();
      if (this.#closed) return;
      this.#live = follow(allEventTypes, { account: this.account }, position, {
        onFact: (fact) => this.#take(fact),
        onState: (live) => this.#set({ live }),
        onLost: () => this.#reopen(),
      });
      await this.#readAll();
    } catch (error) {
      this.#fail(error);
    }
  }

  close() {
    this.#closed = true;
    this.#live?.close();
    window.clearTimeout(this.#timer);
  }

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
  }

  #reopen() {
    this.#live?.close();
    if (!this.#closed) void this.open();
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

  #take(fact: Fact) {
    // Of the whole account: which gateways it concerned is not said.
    if (fact.type === 'RegistrationAccepted' && !fact.gateway) {
      this.refresh(this.#state.byId.keys());
      return;
    }
    if (!fact.gateway) return;
    this.#changed.add(fact.gateway);
    this.#schedule();
  }

  #schedule() {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = window.setTimeout(() => void this.#readChanged(), gatherMs);
  }

  async #readChanged() {
    const ids = [...this.#changed];
    this.#changed.clear();
    try {
      if (ids.length > readOneByOne) await this.#readAll();
      else await this.#readEach(ids);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Asked for again with the next event; the stream says in the meantime that it is not live.
      for (const id of ids) this.#changed.add(id);
    }
    this.#timer = undefined;
    if (this.#changed.size > 0 && this.#state.live) this.#schedule();
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
