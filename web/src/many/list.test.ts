import { expect, test } from 'vitest';
import type { Gateway } from '../api/types';
import { readTable, writeTable } from '../ui/csv';
import { readList } from './list';

const gateway = (id: string, name: string, primary: string | null = null) =>
  ({ id, name, primary }) as Gateway;
const kiosk = gateway('gw_00000001', 'Kiosk');
const spare = gateway('gw_00000002', 'Spare', kiosk.id);
const full = gateway('gw_00000003', 'Full');
const five = [1, 2, 3, 4, 5].map((n) => gateway(`gw_0000001${n}`, `Full ${n}`, full.id));
const there = [kiosk, spare, full, ...five];
const read = (text: string) =>
  readList(text, there).map(({ line, name, problem }) => [line, name, problem?.kind ?? null]);

test('one name a line; empty lines are none', () => {
  expect(read('Lille\r\n\n  Metz, north \nLille')).toEqual([
    [1, 'Lille', null],
    [3, 'Metz, north', null],
    [4, 'Lille', 'twice'],
  ]);
});

test.each([',', ';', '\t'])('CSV between %j, its columns by name in any order', (by) => {
  const text = [
    ['Primary', 'name', 'labels'],
    ['', 'Lille', '"site:Lille; floor=2"'],
    ['Lille', '"Lille ""B"""', ''],
    ['Kiosk', 'Kiosk 2', ''],
  ];
  const rows = readList(`\ufeff${text.map((cells) => cells.join(by)).join('\r\n')}`, there);
  expect(rows.map(({ problem }) => problem)).toEqual([null, null, null]);
  expect(rows[0].labels).toEqual({ site: 'Lille', floor: '2' });
  expect(rows[1]).toMatchObject({ name: 'Lille "B"', primary: 'Lille', line: 3 });
});

test('each line says what is wrong with it', () => {
  const lines: [string, string | null][] = [
    [',,', null],
    [',Kiosk,', 'noName'],
    [`${'x'.repeat(101)},,`, 'longName'],
    ['Kiosk,,', 'taken'],
    ['A,Nobody,', 'noPrimary'],
    ['B,Spare,', 'notPrimary'],
    ['C,Full,', 'full'],
    ['D,,Bad Key:1', 'label'],
    ['E,,site:', 'label'],
    ['F,,site:a;site:b', 'label'],
    ['G,,site:a', null],
    ['H,G,', null],
    ['I,H,', 'notPrimary'],
    ['J,D,', 'notPrimary'],
    [`K,${kiosk.id},`, null],
  ];
  const got = readList(`name,primary,labels\n${lines.map(([text]) => text).join('\n')}`, there);
  expect(got.map(({ problem }) => problem?.kind ?? null)).toEqual(
    lines.slice(1).map(([, problem]) => problem),
  );
});

test('a sixth secondary of the list is one too many', () => {
  const spares = [1, 2, 3, 4, 5, 6].map((n) => `S${n},Kiosk,`).join('\n');
  // Kiosk has one already.
  const got = readList(`name,primary,labels\n${spares}`, there);
  expect(got.map(({ problem }) => problem?.kind ?? null)).toEqual([
    ...Array<null>(4).fill(null),
    'full',
    'full',
  ]);
});

test('what is written as CSV is read as it was, and no cell is a formula', () => {
  const rows = [
    ['name', 'note'],
    ['a "b", c', 'two; lines'],
    ['Été', ''],
  ];
  expect(readTable(writeTable(rows), ',').map(({ cells }) => cells)).toEqual(rows);
  for (const formula of ['=1+1', '+1', '-1', '@a'])
    expect(writeTable([[formula]])).toBe(`\ufeff'${formula}\r\n`);
});
