// The tiles of a tree (C2SP tlog-tiles): which there are, where they are fetched, what is in them.
import type { Bytes } from './bytes';
import { ProofFailure } from './failure';
import { hashBytes } from './tree';

export const tileWidth = 256;

export interface TileName {
  level: number;
  index: number;
  // How many hashes it has: fewer than `tileWidth` at the right edge of the tree.
  width: number;
}

// How many hashes a tree of `size` entries has on a level of tiles.
export const hashesOn = (level: number, size: number) => Math.floor(size / tileWidth ** level);

export function tileOf(level: number, index: number, size: number): TileName {
  const rest = hashesOn(level, size) - index * tileWidth;
  return { level, index, width: Math.max(0, Math.min(rest, tileWidth)) };
}

// The tiles that are not full, from the leaves up: together they make the root.
export function edgeOf(size: number): TileName[] {
  const edge: TileName[] = [];
  for (let level = 0; hashesOn(level, size) > 0; ++level) {
    const width = hashesOn(level, size) % tileWidth;
    if (width > 0)
      edge.push({ level, index: Math.floor(hashesOn(level, size) / tileWidth), width });
  }
  return edge;
}

// The entries beneath a tile, the last one included.
export function entriesBeneath({ level, index, width }: TileName): [number, number] {
  const each = tileWidth ** level;
  return [index * tileWidth * each, (index * tileWidth + width) * each - 1];
}

const digitsOfElement = 3;

function indexPath(index: number): string {
  const digits = String(index);
  const elements = Math.ceil(digits.length / digitsOfElement);
  const padded = digits.padStart(elements * digitsOfElement, '0');
  return padded.replace(/\d{3}(?!$)/g, (element) => `x${element}/`);
}

const pathOf = (folder: string, { index, width }: TileName) =>
  `/tlog/tile/${folder}/${indexPath(index)}${width < tileWidth ? `.p/${width}` : ''}`;

export const tilePath = (tile: TileName) => pathOf(String(tile.level), tile);
// The entries whose hashes are the tile's, which is of level 0.
export const bundlePath = (tile: TileName) => pathOf('entries', tile);

export function hashesIn(bytes: Bytes, tile: TileName): Bytes[] {
  if (bytes.length !== tile.width * hashBytes)
    throw new ProofFailure('tile', ...entriesBeneath(tile));
  return Array.from({ length: tile.width }, (_, at) =>
    bytes.subarray(at * hashBytes, (at + 1) * hashBytes),
  );
}

const lengthBytes = 2;

export function entriesIn(bytes: Bytes, tile: TileName): Bytes[] {
  const wrong = () => new ProofFailure('bundle', ...entriesBeneath(tile));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Bytes[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + lengthBytes > bytes.length) throw wrong();
    const from = at + lengthBytes;
    at = from + view.getUint16(at);
    if (at > bytes.length) throw wrong();
    entries.push(bytes.subarray(from, at));
  }
  if (entries.length !== tile.width) throw wrong();
  return entries;
}
