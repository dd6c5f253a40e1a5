import { expect, test } from 'vitest';
import { fromBase64, joined, toBase64, utf8 } from './bytes';
import {
  bundlePath,
  edgeOf,
  entriesBeneath,
  entriesIn,
  hashesIn,
  tileOf,
  tilePath,
  type TileName,
} from './tiles';

test('tiles are where C2SP says they are', () => {
  const paths: [TileName, string][] = [
    [{ level: 0, index: 0, width: 256 }, '/tlog/tile/0/000'],
    [{ level: 0, index: 0, width: 1 }, '/tlog/tile/0/000.p/1'],
    [{ level: 3, index: 999, width: 255 }, '/tlog/tile/3/999.p/255'],
    [{ level: 1, index: 1000, width: 256 }, '/tlog/tile/1/x001/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, '/tlog/tile/0/x001/x234/067'],
    [{ level: 0, index: 1_234_067, width: 7 }, '/tlog/tile/0/x001/x234/067.p/7'],
  ];
  for (const [tile, path] of paths) expect(tilePath(tile)).toBe(path);
  const bundle = { level: 0, index: 1_234_067, width: 7 };
  expect(bundlePath(bundle)).toBe('/tlog/tile/entries/x001/x234/067.p/7');
});

// The example of C2SP tlog-tiles.
test('a tree of 70,000 entries has the tiles that it should', () => {
  const size = 70_000;
  expect(edgeOf(size).map(tilePath)).toEqual([
    '/tlog/tile/0/273.p/112',
    '/tlog/tile/1/001.p/17',
    '/tlog/tile/2/000.p/1',
  ]);
  for (let index = 0; index < 273; ++index) expect(tileOf(0, index, size).width).toBe(256);
  expect(tileOf(0, 273, size).width).toBe(112);
  expect(tileOf(0, 274, size).width).toBe(0);
  expect([0, 1, 2].map((index) => tileOf(1, index, size).width)).toEqual([256, 17, 0]);
  expect(tilePath(tileOf(0, 272, size))).toBe('/tlog/tile/0/272');
  expect(bundlePath(tileOf(0, 273, size))).toBe('/tlog/tile/entries/273.p/112');
  expect(entriesBeneath(tileOf(0, 273, size))).toEqual([69_888, 69_999]);
  expect(entriesBeneath(tileOf(1, 1, size))).toEqual([65_536, 69_887]);
  expect(entriesBeneath(tileOf(2, 0, size))).toEqual([0, 65_535]);
});

test('a tree has no empty tiles', () => {
  expect(edgeOf(0)).toEqual([]);
  expect(edgeOf(256).map(tilePath)).toEqual(['/tlog/tile/1/000.p/1']);
  expect(edgeOf(65_536).map(tilePath)).toEqual(['/tlog/tile/2/000.p/1']);
  // Far beyond 32 bits.
  expect(edgeOf(256 ** 5 + 3).map(tilePath)).toEqual([
    '/tlog/tile/0/x004/x294/x967/296.p/3',
    '/tlog/tile/5/000.p/1',
  ]);
});

test('a tile has as many hashes as its width says', () => {
  const tile = { level: 0, index: 1, width: 2 };
  expect(hashesIn(new Uint8Array(64), tile)).toHaveLength(2);
  for (const length of [0, 32, 63, 65, 96])
    expect(() => hashesIn(new Uint8Array(length), tile)).toThrow('tile 256 257');
});

test('a bundle has as many whole entries as its width says', () => {
  const long = new Uint8Array(65_535).fill(7);
  const whole = joined(Uint8Array.of(0, 2), utf8('ab'), Uint8Array.of(0, 0, 255, 255), long);
  const tile = { level: 0, index: 0, width: 3 };
  expect(entriesIn(whole, tile)).toEqual([utf8('ab'), new Uint8Array(), long]);
  for (const width of [0, 2, 4])
    expect(() => entriesIn(whole, { ...tile, width })).toThrow('bundle');
  for (const end of [0, 1, 3, 4, 5, 6, 7, whole.length - 1])
    expect(() => entriesIn(whole.slice(0, end), tile)).toThrow('bundle');
  expect(() => entriesIn(joined(whole, Uint8Array.of(0)), tile)).toThrow('bundle');
});

test('base64 is read strictly', () => {
  expect(fromBase64('AAEC/w==')).toEqual(Uint8Array.of(0, 1, 2, 255));
  expect(toBase64(Uint8Array.of(0, 1, 2, 255))).toBe('AAEC/w==');
  for (const text of ['AAEC/w', 'AAEC/x==', 'AAEC/w=', ' AAEC/w==', 'AAEC_w==', 'AAEC/w==\n', 'é'])
    expect(fromBase64(text), text).toBe(null);
});
