// What happens, as it happens: the server's event stream, kept open. The browser comes back by
// itself after a lost connection, with the last position it saw; when the server refuses (it was
// restarted, the session ended) this asks again later, from where it stood.
import { api, ask, noteWord, retryAfterMs } from './client';
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
