// Why something is not proven.
export type What =
  // The server names a key that is none.
  | 'key'
  // The checkpoint is not one, is another ledger's, or is not signed by this one's key.
  | 'checkpoint'
  | 'origin'
  | 'signature'
  // The tiles do not lead to the signed root, or one does not agree with the one above it.
  | 'root'
  | 'tile'
  // The entry is not the one that the tree has at its place, or entries came that are none.
  | 'leaf'
  | 'bundle';

export class ProofFailure extends Error {
  constructor(
    readonly what: What,
    // The events concerned, the last one included, where it is not the whole history.
    readonly from: number | null = null,
    readonly to: number | null = from,
  ) {
    super(`${what} ${from ?? ''} ${to ?? ''}`);
  }
}
