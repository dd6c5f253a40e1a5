// How far the key that is shown has come.
import type { Gateway } from '../api/types';
import type { KnownKey } from './knownKey';
import { isRegistered } from './view';

export type Stage = 'waiting' | 'redeemed' | 'confirmed' | 'failed' | 'ended';

export function stageOf(gateway: Gateway, shown: KnownKey): Stage {
  const facts = gateway.registration_key;
  // The page learns of the key through the event stream, perhaps a moment after the answer.
  if (!facts || facts.generation < shown.generation) return 'waiting';
  if (facts.generation > shown.generation) return 'ended';
  if (facts.state === 'active') return 'waiting';
  if (facts.state !== 'redeemed') return 'ended';
  if (gateway.pending) return 'redeemed';
  if (gateway.last_failure) return 'failed';
  return isRegistered(gateway) ? 'confirmed' : 'ended';
}
