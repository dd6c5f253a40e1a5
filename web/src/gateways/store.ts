// The gateways of one account, or of all that one may see (`account` is null), kept as the server has them:
// the list is read once, page by page, and from then on every event of the stream names the gateway that
// must be read again.
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Refusal, api, ask, eachPage, retryAfterMs } from '../api/client';
import { Following, notLive, type Liveness } from '../api/live';
import type { Fact, Gateway } from '../api/types';
import { learnName } from '../history/names';
import { allEventTypes, kindOfType, typesOf } from '../history/types';
import type { Attempts } from './view';

export interface Gateways extends Liveness {
  byId: ReadonlyMap<string, Gateway>;
  // Of the last day.
  attempts: Attempts;
  loaded: boolean;
}

const pageSize = 1000;
// The first page is what fits on a screen and more, so that there is something to see at once.
const firstPageSize = 100;
// The list is shown again when there is so many times more of it.
const showAgainAt = 4;
const gatherMs = 60;
const readAtOnce = 4;
// How long a refused attempt is news, and how many are looked at.
const attemptsMs = 86_400_000;
const mostAttempts = 200;
// When more than this many gateways changed at once, the whole list is read again.
const readOneByOne = 100;

export class GatewayStore {
  #state: Gateways = { ...notLive, byId: new Map(), attempts: new Map(), loaded: false };
  #listeners = new Set<() => void>();
  #following: Following;
  #changed = new Set<string>();
  #timer: number | undefined;
  #closed = false;

  constructor(readonly account: string | null) {
    this.#following = new Following({
      types: allEventTypes,
      filter: this.#scope,
      read: () => Promise.all([this.#readAll(), this.#readAttempts()]),
      onFact: (fact) => this.#take(fact),
      onChange: (state) => this.#note(state),
    });
  }

  get #scope() {
    return this.account === null ? {} : { account: this.account };
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  state = () => this.#state;

  // Reads everything, again too, from where the ledger stands then.
  open = () => {
    this.#closed = false;
    void this.#following.open();
  };

  close() {
    this.#closed = true;
    this.#following.close();
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
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

  #note(state: Liveness) {
    this.#set({ ...state, loaded: this.#state.loaded || state.refusal !== null });
    if (state.live && this.#changed.size > 0) this.#schedule();
  }

  async #readAll() {
    const byId = new Map<string, Gateway>();
    const first = this.#state.byId.size === 0;
    let shown = 0;
    await eachPage(
      async (after) => {
        const limit = after || !first ? pageSize : firstPageSize;
        const query = { after, limit };
        const page = await ask(
          this.account === null
            ? api.GET('/v1/gateways', { params: { query } })
            : api.GET('/v1/accounts/{account}/gateways', {
                params: { path: { account: this.account }, query },
              }),
        );
        return { rows: page.gateways, next: page.next };
      },
      (rows, last) => {
        for (const gateway of rows) {
          byId.set(gateway.id, gateway);
          learnName(gateway.id, gateway.name, gateway.sequence);
        }
        // What is there is shown early, but not with every page of a long list.
        if (last || (first && byId.size >= shown * showAgainAt)) {
          shown = byId.size;
          this.#set({ byId: new Map(byId), loaded: last, refusal: null });
        }
      },
    );
  }

  async #readAttempts() {
    const since = new Date(Date.now() - attemptsMs).toISOString();
    const page = await ask(
      api.GET('/v1/events', {
        params: {
          query: {
            ...this.#scope,
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

// The store of an account, or of all, for as long as the page is there.
export function useGateways(account: string | null): [Gateways, GatewayStore] {
  const store = useMemo(() => new GatewayStore(account), [account]);
  useEffect(() => {
    store.open();
    return () => store.close();
  }, [store]);
  return [useSyncExternalStore(store.subscribe, store.state), store];
}
