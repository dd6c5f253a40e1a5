// The tree beneath a root, as its tiles are fetched: each hash that is handed out was checked up to
// the root. A ProofFailure says what does not agree.
import { same, type Bytes } from './bytes';
import { ProofFailure } from './failure';
import { leafHash, rootOver } from './tree';
import {
  edgeOf,
  entriesBeneath,
  entriesIn,
  hashesIn,
  tileOf,
  tileWidth,
  type TileName,
} from './tiles';

export type FetchTile = (tile: TileName) => Promise<Bytes>;

interface Kept {
  index: number;
  hashes: Bytes[];
}

export class CheckedTree {
  // Of each level the tile at the edge, and the full one that was asked for last: events that
  // follow one another have most of their tiles in common, and no more than these is kept.
  readonly #edge = new Map<number, Kept>();
  readonly #last = new Map<number, Kept>();

  private constructor(
    readonly size: number,
    readonly fetchTile: FetchTile,
  ) {}

  static async under(root: Bytes, size: number, fetchTile: FetchTile): Promise<CheckedTree> {
    const tree = new CheckedTree(size, fetchTile);
    let below: Bytes[] = [];
    for (const tile of edgeOf(size)) {
      const hashes = hashesIn(await fetchTile(tile), tile);
      tree.#edge.set(tile.level, { index: tile.index, hashes });
      below = [await rootOver([...hashes, ...below])];
    }
    if (!same(await rootOver(below), root)) throw new ProofFailure('root');
    return tree;
  }

  // The hashes of a tile of this tree.
  async tile(level: number, index: number): Promise<Bytes[]> {
    for (const kept of [this.#edge.get(level), this.#last.get(level)]) {
      if (kept?.index === index) return kept.hashes;
    }
    const name = tileOf(level, index, this.size);
    const hashes = hashesIn(await this.fetchTile(name), name);
    // A full tile is one hash of the tile above it.
    const above = await this.tile(level + 1, Math.floor(index / tileWidth));
    if (!same(await rootOver(hashes), above[index % tileWidth]))
      throw new ProofFailure('tile', ...entriesBeneath(name));
    this.#last.set(level, { index, hashes });
    return hashes;
  }

  // Refuses an entry that is not the one of this number.
  async checkEntry(sequence: number, entry: Bytes) {
    const hashes = await this.tile(0, Math.floor(sequence / tileWidth));
    if (!same(await leafHash(entry), hashes[sequence % tileWidth]))
      throw new ProofFailure('leaf', sequence);
  }

  // Refuses a bundle that has others than the entries of this tree, beginning with `from`.
  async checkBundle(index: number, from: number, fetchBundle: FetchTile) {
    const hashes = await this.tile(0, index);
    const name = tileOf(0, index, this.size);
    const entries = entriesIn(await fetchBundle(name), name);
    const first = index * tileWidth;
    const skipped = Math.max(from - first, 0);
    const found = await Promise.all(entries.slice(skipped).map(leafHash));
    const bad = found.findIndex((hash, at) => !same(hash, hashes[skipped + at]));
    if (bad >= 0) throw new ProofFailure('leaf', first + skipped + bad);
  }
}
