import type { KeyAnswer } from '../api/types';

// A key that an answer has just shown: it need not be revealed once more.
export interface KnownKey {
  text: string;
  generation: number;
  expiresAt: string;
}

// Undefined where the answer shows no key: a repeated one does only while the key is active.
export const knownKey = ({ key, generation, expires_at }: KeyAnswer): KnownKey | undefined =>
  key ? { text: key, generation, expiresAt: expires_at } : undefined;
