// The names behind the ids in the history, looked up once each. A removed gateway's name is in its
// own events; a token's stays readable after it was revoked, until it is erased.
import { useSyncExternalStore } from 'react';
import { Refusal, api, ask } from '../api/client';

type Name = string | null;
const names = new Map<string, Name>();
const asked = new Set<string>();
const listeners = new Set<() => void>();
let version = 0;

function learn(id: string, name: Name) {
  if (names.get(id) === name) return;
  names.set(id, name);
  version += 1;
  for (const listener of listeners) listener();
}

export const learnGatewayName = learn;

async function lookUp(id: string): Promise<Name> {
  if (id.startsWith('tok_')) {
    const token = await ask(api.GET('/v1/tokens/{token}', { params: { path: { token: id } } }));
    return token.name;
  }
  try {
    const path = { gateway: id };
    return (await ask(api.GET('/v1/gateways/{gateway}', { params: { path } }))).name;
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
  const last = page.events[0]?.data as { name?: string } | undefined;
  return last?.name ?? null;
}

// The name, or null while it is not known (yet).
function nameOf(id: string): Name {
  if (!asked.has(id)) {
    asked.add(id);
    lookUp(id).then(
      (name) => learn(id, name),
      () => learn(id, null),
    );
  }
  return names.get(id) ?? null;
}

// Forgets everything: names may be seen by one operator and not by the next.
export function forgetNames() {
  names.clear();
  asked.clear();
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
