// The hashes of RFC 6962, computed by the browser's own SHA-256.
import { joined, type Bytes } from './bytes';

export const hashBytes = 32;

const leafPrefix: Bytes = Uint8Array.of(0);
const nodePrefix: Bytes = Uint8Array.of(1);

export async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)));
}

export const leafHash = (entry: Bytes) => sha256(leafPrefix, entry);
export const nodeHash = (left: Bytes, right: Bytes) => sha256(nodePrefix, left, right);

// The root over `hashes`, of leaves or of whole subtrees of one size; the last one may be of a
// smaller subtree. Pairs become nodes, level by level, and what has no neighbour moves up as it is.
export async function rootOver(hashes: Bytes[]): Promise<Bytes> {
  if (hashes.length === 0) return sha256();
  let level = hashes;
  while (level.length > 1) {
    const below = level;
    level = await Promise.all(
      Array.from({ length: Math.ceil(below.length / 2) }, (_, pair) =>
        2 * pair + 1 < below.length
          ? nodeHash(below[2 * pair], below[2 * pair + 1])
          : Promise.resolve(below[2 * pair]),
      ),
    );
  }
  return level[0];
}
