// The names behind the ids in the history, looked up once each. A removed gateway's name is in its
// own events, a person's in the last sign-in; a token's stays readable after it was revoked. Names
// of operators can be erased.
import { useSyncExternalStore } from 'react';
import { Refusal, api, ask } from '../api/client';
import type { Fact } from '../api/types';

type Name = string | null;
interface Known {
  name: Name;
  // Of the event that says so: what is learned of an older one does not count.
  sequence: number;
}
const names = new Map<string, Known>();
const asked = new Set<string>();
const listeners = new Set<() => void>();
let version = 0;

// Whoever reads a gateway or its events says what it is called, so that nobody asks again.
export function learnName(id: string, name: Name, sequence: number) {
  const known = names.get(id);
  if (known && known.sequence > sequence) return;
  names.set(id, { name, sequence });
  asked.add(id);
  if (known?.name === name) return;
  version += 1;
  for (const listener of listeners) listener();
}

export function learnNames(facts: Fact[]) {
  for (const fact of facts) {
    // Not all may look the actor up; the event says its name to whoever may see the event.
    const [, id] = /^(?:token|person):(.+)$/.exec(fact.actor) ?? [];
    if (id) learnName(id, fact.actor_name, fact.sequence);
    if (fact.type !== 'GatewayAdded' && fact.type !== 'GatewayRenamed') continue;
    if (fact.gateway) learnName(fact.gateway, fact.data.name, fact.sequence);
  }
}

async function lookUp(id: string): Promise<Known> {
  if (id.startsWith('tok_')) {
    const token = await ask(api.GET('/v1/tokens/{token}', { params: { path: { token: id } } }));
    return { name: token.name, sequence: 0 };
  }
  if (id.startsWith('per_')) {
    const query = {
      actor: `person:${id}`,
      type: ['PersonSignedIn' as const],
      order: 'desc' as const,
      limit: 1,
    };
    const page = await ask(api.GET('/v1/events', { params: { query } }));
    const [fact] = page.events as Fact[];
    return { name: fact?.type === 'PersonSignedIn' ? fact.data.name : null, sequence: 0 };
  }
  try {
    const path = { gateway: id };
    return await ask(api.GET('/v1/gateways/{gateway}', { params: { path } }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 410) throw error;
  }
  const page = await ask(
    api.GET('/v1/events', {
      params: {
        query: { gateway: id, type: ['GatewayAdded', 'GatewayRenamed'], order: 'desc', limit: 1 },
      },
    }),
  );
  learnNames(page.events as Fact[]);
  return names.get(id) ?? { name: null, sequence: 0 };
}

// The name, or null while it is not known (yet).
function nameOf(id: string): Name {
  if (!asked.has(id)) {
    asked.add(id);
    lookUp(id).then(
      ({ name, sequence }) => learnName(id, name, sequence),
      () => learnName(id, null, 0),
    );
  }
  return names.get(id)?.name ?? null;
}

// The name if it is known; nobody is asked.
export const nameKnown = (id: string): Name => names.get(id)?.name ?? null;

// So many at most are read for their names alone.
const mostNames = 20_000;
const namesAtOnce = 1000;

// The names of all gateways of an account, each once: what is searched by them cannot ask one by one.
const learned = new Set<string>();
export async function learnGateways(account: string | undefined) {
  if (!account || learned.has(account)) return;
  let after: string | undefined;
  for (let read = 0; read < mostNames; read += namesAtOnce) {
    const query = { after, limit: namesAtOnce };
    const path = { account };
    const page = await ask(api.GET('/v1/accounts/{account}/gateways', { params: { path, query } }));
    for (const each of page.gateways) learnName(each.id, each.name, each.sequence);
    after = page.next ?? undefined;
    if (!after) break;
  }
  learned.add(account);
}

// Forgets everything: names may be seen by one operator and not by the next.
export function forgetNames() {
  names.clear();
  asked.clear();
  learned.clear();
}

export function useNames(): (id: string) => Name {
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
  return nameOf;
}
