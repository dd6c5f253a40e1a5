// The last events of the ledger, fetched and hashed here, one bundle after another, and compared with
// the tree up to the root that is signed.
import { CheckedTree } from './checked';
import { ProofFailure } from './failure';
import { readBytes, readHead, type Head } from './reading';
import { bundlePath, tilePath, tileWidth, type TileName } from './tiles';

export interface Range {
  from: number;
  // The first one that is no longer meant.
  end: number;
}

export type RangeVerdict =
  | { kind: 'good'; head: Head; range: Range }
  | { kind: 'bad'; failure: ProofFailure }
  | { kind: 'none' };

// The page has its turn.
const rest = () => new Promise((resolve) => window.setTimeout(resolve));

export async function verifyLast(
  count: number,
  onProgress: (done: number, total: number) => void,
  stop: AbortSignal,
): Promise<RangeVerdict> {
  try {
    const head = await readHead(stop);
    if (!head) return { kind: 'none' };
    const { root, size } = head.checkpoint;
    const range = { from: Math.max(size - count, 0), end: size };
    const total = range.end - range.from;
    onProgress(0, total);
    const readTile = (tile: TileName) => readBytes(tilePath(tile), stop);
    const readBundle = (tile: TileName) => readBytes(bundlePath(tile), stop);
    const tree = await CheckedTree.under(root, size, readTile);
    for (let index = Math.floor(range.from / tileWidth); index * tileWidth < size; ++index) {
      await tree.checkBundle(index, range.from, readBundle);
      onProgress(Math.min((index + 1) * tileWidth, size) - range.from, total);
      await rest();
    }
    return { kind: 'good', head, range };
  } catch (error) {
    if (error instanceof ProofFailure) return { kind: 'bad', failure: error };
    throw error;
  }
}
