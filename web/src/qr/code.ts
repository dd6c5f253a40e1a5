// A QR code of a short text (ISO/IEC 18004): capitals, digits and the few signs of its alphanumeric mode, at
// error level M, versions 1 to 3, which have one block each. A registration key fits into version 3.
import { corrections } from './correction';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

// Of each version: how many bytes of data and of correction, and where its alignment pattern has its middle.
const versions = [
  { data: 16, correction: 10, alignment: null },
  { data: 28, correction: 16, alignment: 18 },
  { data: 44, correction: 26, alignment: 22 },
] as const;

// True is dark.
export type Code = boolean[][];

export function qrCode(text: string): Code {
  const bits = bitsOf(text);
  const index = versions.findIndex(({ data }) => bits.length <= data * 8);
  if (index < 0) throw new Error('too long for a QR code');
  const { data, correction, alignment } = versions[index];
  const bytes = bytesOf(bits, data);
  const size = 21 + 4 * index;
  const drawn = patterns(size, alignment);
  fill(drawn, [...bytes, ...corrections(bytes, correction)]);
  const masked = masks.map((_, mask) => withMask(drawn, mask));
  const costs = masked.map(penalty);
  return masked[costs.indexOf(Math.min(...costs))];
}

// Mode, length, and the characters in pairs.
function bitsOf(text: string): string {
  const values = [...text].map((each) => alphabet.indexOf(each));
  if (values.includes(-1)) throw new Error('not a text of the alphanumeric mode');
  let bits = `0010${binary(values.length, 9)}`;
  for (let at = 0; at < values.length; at += 2) {
    const second = values.at(at + 1);
    bits += at + 1 < values.length ? binary(values[at] * 45 + second!, 11) : binary(values[at], 6);
  }
  return bits;
}

const binary = (value: number, width: number) => value.toString(2).padStart(width, '0');

export function bytesOf(bits: string, count: number): number[] {
  const ended = `${bits}0000`.slice(0, count * 8);
  const bytes = (ended.match(/.{1,8}/g) ?? []).map((each) => parseInt(each.padEnd(8, '0'), 2));
  for (let pad = 0; bytes.length < count; ++pad) bytes.push(pad % 2 === 0 ? 0xec : 0x11);
  return bytes;
}

// What is drawn: dark or light, and whether it belongs to the pattern, which no mask touches.
interface Drawn {
  size: number;
  dark: boolean[][];
  fixed: boolean[][];
}

const square = (size: number) =>
  Array.from({ length: size }, () => new Array<boolean>(size).fill(false));

function patterns(size: number, alignment: number | null): Drawn {
  const drawn: Drawn = { size, dark: square(size), fixed: square(size) };
  const set = (row: number, column: number, dark: boolean) => {
    if (row < 0 || column < 0 || row >= size || column >= size) return;
    drawn.dark[row][column] = dark;
    drawn.fixed[row][column] = true;
  };
  // Rings around a middle; the distance of those that are light is in `light`.
  const rings = (row: number, column: number, reach: number, light: number[]) => {
    for (let y = -reach; y <= reach; ++y) {
      for (let x = -reach; x <= reach; ++x) {
        set(row + y, column + x, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
      }
    }
  };
  for (let at = 0; at < size; ++at) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [row, column] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ])
    rings(row, column, 4, [2, 4]);
  if (alignment !== null) rings(alignment, alignment, 2, [1]);
  for (const { row, column } of formatPlaces(size)) set(row, column, false);
  set(size - 8, 8, true);
  return drawn;
}

// The places of the fifteen bits of the format, most significant first, twice.
function formatPlaces(size: number) {
  const places: { row: number; column: number; bit: number }[] = [];
  const near = [0, 1, 2, 3, 4, 5, 7, 8];
  for (let bit = 0; bit < 15; ++bit) {
    const along = bit < 8 ? near[bit] : near[14 - bit];
    places.push(bit < 8 ? { row: 8, column: along, bit } : { row: along, column: 8, bit });
    places.push(
      bit < 7 ? { row: size - 1 - bit, column: 8, bit } : { row: 8, column: size - 15 + bit, bit },
    );
  }
  return places;
}

// In columns of two, upwards and downwards in turn, from the right.
function fill({ size, dark, fixed }: Drawn, bytes: number[]) {
  const bits = bytes.map((byte) => binary(byte, 8)).join('');
  let at = 0;
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    // The vertical line of the pattern is no part of a column.
    if (right === 6) right = 5;
    for (let step = 0; step < size; ++step) {
      const row = up ? size - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (!fixed[row][column]) dark[row][column] = bits[at++] === '1';
      }
    }
    up = !up;
  }
}

const masks: ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

function withMask({ size, dark, fixed }: Drawn, mask: number): Code {
  const code = dark.map((line, row) =>
    line.map((each, column) => each !== (!fixed[row][column] && masks[mask](row, column))),
  );
  const format = formatBits(mask);
  for (const { row, column, bit } of formatPlaces(size)) code[row][column] = format[bit] === '1';
  return code;
}

// Level M is 00; ten bits of correction, and a mask so that it is never all light.
export function formatBits(mask: number): string {
  let rest = mask << 10;
  for (let bit = 14; bit >= 10; --bit) {
    if (rest & (1 << bit)) rest ^= 0x537 << (bit - 10);
  }
  return binary(((mask << 10) | rest) ^ 0x5412, 15);
}

// How hard a code is to read: long runs, squares of one colour, what looks like a corner, and imbalance.
function penalty(code: Code): number {
  const size = code.length;
  const line = (each: boolean[]) => each.map((dark) => (dark ? '1' : '0')).join('');
  const rows = code.map(line);
  const columns = code.map((_, column) => line(code.map((row) => row[column])));
  let cost = 0;
  for (const each of [...rows, ...columns]) {
    for (const run of each.match(/1{5,}|0{5,}/g) ?? []) cost += run.length - 2;
    cost += 40 * (each.match(/(?=10111010000|00001011101)/g) ?? []).length;
  }
  for (let row = 1; row < size; ++row) {
    for (let column = 1; column < size; ++column) {
      const four =
        rows[row - 1].slice(column - 1, column + 1) + rows[row].slice(column - 1, column + 1);
      if (four === '0000' || four === '1111') cost += 3;
    }
  }
  const dark = code.flat().filter(Boolean).length;
  return cost + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5);
}
