// Whether an event is in the history that the ledger has signed, computed here: the hash of the
// stored bytes, and the tree above it up to the root of the checkpoint.
import { CheckedTree } from './checked';
import { ProofFailure } from './failure';
import { pause, readBytes, readHead, type Head } from './reading';
import { tilePath } from './tiles';

// A checkpoint is made about each second.
const lookEveryMs = 500;
const patienceMs = 10_000;

export type Verdict =
  | { kind: 'good'; head: Head }
  // With the checkpoint, if that is right and something else is not.
  | { kind: 'bad'; failure: ProofFailure; head: Head | null }
  // No checkpoint covers the event yet.
  | { kind: 'uncovered'; head: null };

async function headOver(sequence: number, onWait: () => void, stop: AbortSignal) {
  for (let waited = 0; ; waited += lookEveryMs) {
    const head = await readHead(stop);
    if (head && head.checkpoint.size > sequence) return head;
    if (waited >= patienceMs) return null;
    onWait();
    await pause(lookEveryMs, stop);
  }
}

export async function proveEvent(
  sequence: number,
  onWait: () => void,
  stop: AbortSignal,
): Promise<Verdict> {
  let head: Head | null = null;
  try {
    const entry = await readBytes(`/v1/events/${sequence}/entry`, stop);
    head = await headOver(sequence, onWait, stop);
    if (!head) return { kind: 'uncovered', head };
    const { root, size } = head.checkpoint;
    const tree = await CheckedTree.under(root, size, (tile) => readBytes(tilePath(tile), stop));
    await tree.checkEntry(sequence, entry);
    return { kind: 'good', head };
  } catch (error) {
    if (error instanceof ProofFailure) return { kind: 'bad', failure: error, head };
    throw error;
  }
}
