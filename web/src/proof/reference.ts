// The tree of RFC 6962 §2.1 exactly as the RFC defines it, regardless of speed, and its tiles and
// bundles: what tests compare with and serve.
import { joined, utf8, type Bytes } from './bytes';
import type { FetchTile } from './checked';
import { leafHash, nodeHash, sha256 } from './tree';

export class ReferenceTree {
  // What was computed before, by its range.
  readonly #roots = new Map<string, Promise<Bytes>>();

  // Entries that repeat after `period`, a power of two, let ranges that are alike be computed once.
  constructor(
    readonly entries: Bytes[],
    readonly period = Infinity,
  ) {}

  static of(size: number, period = Infinity): ReferenceTree {
    const entries = Array.from({ length: size }, (_, n) => utf8(`entry ${n % period}`));
    return new ReferenceTree(entries, period);
  }

  root(from = 0, end = this.entries.length): Promise<Bytes> {
    const range = `${from % this.period} ${end - from}`;
    const known = this.#roots.get(range) ?? this.#compute(from, end);
    this.#roots.set(range, known);
    return known;
  }

  async #compute(from: number, end: number): Promise<Bytes> {
    if (from === end) return sha256();
    if (from + 1 === end) return leafHash(this.entries[from]);
    let k = 1; // the largest power of two smaller than what there is
    while (2 * k < end - from) k *= 2;
    return nodeHash(await this.root(from, from + k), await this.root(from + k, end));
  }

  readonly tile: FetchTile = async ({ level, index, width }) => {
    const each = 256 ** level;
    const roots = Array.from({ length: width }, (_, at) => {
      const from = (index * 256 + at) * each;
      return this.root(from, from + each);
    });
    return joined(...(await Promise.all(roots)));
  };

  readonly bundle: FetchTile = ({ index, width }) => {
    const entries = this.entries.slice(index * 256, index * 256 + width);
    const parts = entries.flatMap((entry) => [
      Uint8Array.of(entry.length >> 8, entry.length & 255),
      entry,
    ]);
    return Promise.resolve(joined(...parts));
  };
}

// The same bytes with one that is another.
export function flipped(bytes: Bytes, at: number): Bytes {
  const copy = bytes.slice();
  copy[at] ^= 1 << (at % 8);
  return copy;
}
