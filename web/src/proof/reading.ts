// What a proof is made of, as the server answers it now: never out of the browser's cache.
import { api, ask, Refusal } from '../api/client';
import type { Ledger } from '../api/types';
import type { Bytes } from './bytes';
import { checkSignature, parseCheckpoint, parseVerifierKey, type Checkpoint } from './checkpoint';

const tries = 5;
const againAfterMs = 1000;

// Ends early, and then with an error, once `stop` says so.
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      window.clearTimeout(timer);
      reject(new Refusal('unreachable', '', 0, null));
    };
    const timer = window.setTimeout(() => {
      stop.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (stop.aborted) end();
    else stop.addEventListener('abort', end, { once: true });
  });
}

async function answer(path: string, stop: AbortSignal) {
  const response = await fetch(path, { cache: 'no-store', signal: stop });
  if (response.ok) return { data: new Uint8Array(await response.arrayBuffer()), response };
  return { error: (await response.json().catch(() => null)) as unknown, response };
}

// A server that has much to do is asked again in a moment.
export async function readBytes(path: string, stop: AbortSignal): Promise<Bytes> {
  for (let left = tries; ;) {
    try {
      return await ask(answer(path, stop));
    } catch (error) {
      const passing = error instanceof Refusal && error.code === 'overloaded';
      if (!passing || --left === 0) throw error;
    }
    await pause(againAfterMs, stop);
  }
}

export interface Head {
  checkpoint: Checkpoint;
  // False where this browser does not know Ed25519.
  signed: boolean;
  // When the checkpoint was made; null where the server has made another one meanwhile.
  at: string | null;
  vkey: string;
}

// The latest checkpoint, with its signature checked; null while the server has none.
export async function readHead(stop: AbortSignal): Promise<Head | null> {
  const ledger: Ledger = await ask(api.GET('/v1/ledger', { cache: 'no-store', signal: stop }));
  if (!ledger.checkpoint) return null;
  const checkpoint = parseCheckpoint(await readBytes('/tlog/checkpoint', stop));
  const signed = await checkSignature(checkpoint, await parseVerifierKey(ledger.vkey));
  const { size, at } = ledger.checkpoint;
  return { checkpoint, signed, at: size === checkpoint.size ? at : null, vkey: ledger.vkey };
}
