import { describe, expect, test } from 'vitest';
import { fromHex, same, toHex, utf8 } from './bytes';
import { CheckedTree, type FetchTile } from './checked';
import { ProofFailure, type What } from './failure';
import { flipped, ReferenceTree } from './reference';
import { leafHash, rootOver } from './tree';

// The leaves and roots that the Certificate Transparency implementations test themselves with.
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const emptyRoot = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const slow = 60_000;

async function refusal(work: Promise<unknown>): Promise<What | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof ProofFailure) return error.what;
    throw error;
  }
}

// What a server would give that changes one byte of the tile of this level and index.
const lying =
  (honest: FetchTile, level: number, index: number, at: number): FetchTile =>
  async (tile) => {
    const bytes = await honest(tile);
    return tile.level === level && tile.index === index ? flipped(bytes, at) : bytes;
  };

test('roots are those of Certificate Transparency', async () => {
  expect(toHex(await rootOver([]))).toBe(emptyRoot);
  const hashes = await Promise.all(leaves.map((leaf) => leafHash(fromHex(leaf))));
  for (const [n, root] of roots.entries())
    expect(toHex(await rootOver(hashes.slice(0, n + 1)))).toBe(root);
});

test(
  'a tree of any size is read out of its tiles, and each entry found in it',
  async () => {
    const most = 600;
    const all = ReferenceTree.of(most + 1);
    for (let size = 1; size <= most; ++size) {
      const root = await all.root(0, size);
      const tree = await CheckedTree.under(root, size, all.tile);
      for (const sequence of [0, Math.floor(size / 2), size - 1])
        await tree.checkEntry(sequence, all.entries[sequence]);
      // Of another size it is another tree.
      expect(await refusal(CheckedTree.under(root, size + 1, all.tile))).not.toBe(null);
    }
  },
  slow,
);

test(
  'every entry is found, one by one and in bundles',
  async () => {
    for (const size of [1, 255, 256, 257, 512, 600]) {
      const all = ReferenceTree.of(size);
      const tree = await CheckedTree.under(await all.root(), size, all.tile);
      for (const [sequence, entry] of all.entries.entries()) {
        await tree.checkEntry(sequence, entry);
        expect(await refusal(tree.checkEntry(sequence, utf8('another')))).toBe('leaf');
      }
      for (let index = 0; index * 256 < size; ++index) await tree.checkBundle(index, 0, all.bundle);
    }
  },
  slow,
);

test(
  'a tree of three levels of tiles',
  async () => {
    const size = 256 * 256 + 300;
    const all = ReferenceTree.of(size, 512);
    const fetched: string[] = [];
    const fetchTile: FetchTile = (tile) => {
      fetched.push(`${tile.level}/${tile.index}`);
      return all.tile(tile);
    };
    const tree = await CheckedTree.under(await all.root(), size, fetchTile);
    expect(fetched.splice(0)).toEqual(['0/257', '1/1', '2/0']);
    await tree.checkEntry(70, all.entries[70]);
    expect(fetched.splice(0)).toEqual(['0/0', '1/0']);
    await tree.checkEntry(65_535, all.entries[65_535]);
    expect(fetched.splice(0)).toEqual(['0/255']);
    await tree.checkEntry(65_540, all.entries[65_540]);
    await tree.checkEntry(65_800, all.entries[65_800]);
    expect(fetched).toEqual(['0/256']);
  },
  slow,
);

describe('what is changed by one bit is refused', () => {
  const size = 20;
  const all = ReferenceTree.of(size);

  test('each byte of the tile', async () => {
    const root = await all.root();
    for (let at = 0; at < size * 32; ++at)
      expect(await refusal(CheckedTree.under(root, size, lying(all.tile, 0, 0, at)))).toBe('root');
  });

  test('each byte of the root', async () => {
    const root = await all.root();
    for (let at = 0; at < 32; ++at)
      expect(await refusal(CheckedTree.under(flipped(root, at), size, all.tile))).toBe('root');
  });

  test('each byte of an entry, and its length', async () => {
    const tree = await CheckedTree.under(await all.root(), size, all.tile);
    const entry = all.entries[7];
    for (let at = 0; at < entry.length; ++at)
      expect(await refusal(tree.checkEntry(7, flipped(entry, at)))).toBe('leaf');
    for (const other of [entry.slice(1), entry.slice(0, -1), utf8('entry 7\0')])
      expect(await refusal(tree.checkEntry(7, other))).toBe('leaf');
    // The right bytes, but of another event.
    expect(await refusal(tree.checkEntry(8, entry))).toBe('leaf');
  });

  test('each byte of a bundle, lengths included', async () => {
    const tree = await CheckedTree.under(await all.root(), size, all.tile);
    const { length } = await all.bundle({ level: 0, index: 0, width: size });
    for (let at = 0; at < length; ++at) {
      const bad = refusal(tree.checkBundle(0, 0, lying(all.bundle, 0, 0, at)));
      expect(['leaf', 'bundle']).toContain(await bad);
    }
  });

  test(
    'a byte of each hash of a full tile, and of the tiles above it',
    async () => {
      const many = ReferenceTree.of(600);
      const root = await many.root();
      for (let at = 0; at < 256; ++at) {
        const fetchTile = lying(many.tile, 0, 0, 32 * at + (at % 32));
        const tree = await CheckedTree.under(root, 600, fetchTile);
        expect(await refusal(tree.checkEntry(5, many.entries[5]))).toBe('tile');
      }
      for (const at of [0, 31, 32, 63])
        expect(await refusal(CheckedTree.under(root, 600, lying(many.tile, 1, 0, at)))).toBe(
          'root',
        );
    },
    slow,
  );
});

test('the first bad event of a bundle is named, and those before the range are not looked at', async () => {
  const all = ReferenceTree.of(300);
  const other = new ReferenceTree(all.entries.slice());
  const tree = await CheckedTree.under(await all.root(), 300, all.tile);
  for (const bad of [270, 290]) other.entries[bad] = utf8('changed');
  await expect(tree.checkBundle(1, 0, other.bundle)).rejects.toMatchObject({ from: 270, to: 270 });
  await expect(tree.checkBundle(1, 280, other.bundle)).rejects.toMatchObject({ from: 290 });
  await tree.checkBundle(1, 291, other.bundle);
  await tree.checkBundle(0, 0, other.bundle);
});

test('bytes are the same only if all of them are', () => {
  const bytes = utf8('entry');
  expect(same(bytes, utf8('entry'))).toBe(true);
  expect(same(bytes, utf8('entry ')) || same(bytes, utf8('entri'))).toBe(false);
});
