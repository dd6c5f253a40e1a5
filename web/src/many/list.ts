// Gateways to be added, out of a pasted list: one name a line, or CSV with the columns name, primary, labels.
// Each line says what is wrong with it before anything is asked of the server, which judges again.
import type { Gateway } from '../api/types';
import { badKey, longestName, longestValue, maxLabels, maxSecondaries } from '../gateways/limits';
import { readTable } from '../ui/csv';

export type Problem =
  | { kind: 'noName' | 'longName' | 'twice' | 'taken' }
  | { kind: 'noPrimary' | 'notPrimary' | 'full'; name: string }
  | { kind: 'label'; label: string };

export interface Wanted {
  line: number;
  name: string;
  // What the list calls it: its name, or its id.
  primary: string;
  labels: Record<string, string>;
  problem: Problem | null;
}

export const mostLines = 1000;

const delimiters = [',', ';', '\t'];
const columns = ['name', 'primary', 'labels'] as const;
const clean = (text: string | undefined) => (text ?? '').trim().normalize('NFC');

export function readList(text: string, there: Iterable<Gateway>): Wanted[] {
  const rows = cellsOf(text).map(({ line, name, primary, labels }) => ({
    line,
    name: clean(name),
    primary: clean(primary),
    ...readLabels(labels ?? ''),
  }));
  return judged(rows, [...there]);
}

function cellsOf(text: string) {
  const [first = ''] = text.replace('\ufeff', '').trimStart().split(/\r?\n/);
  const heads = (by: string) =>
    first.split(by).map((cell) => cell.replaceAll('"', '').trim().toLowerCase());
  const delimiter = delimiters.find((by) => heads(by).includes('name'));
  if (delimiter === undefined) {
    return text
      .replace('\ufeff', '')
      .split(/\r?\n/)
      .map((name, index) => ({ line: index + 1, name, primary: undefined, labels: undefined }))
      .filter(({ name }) => name.trim() !== '');
  }
  const [head, ...rows] = readTable(text, delimiter);
  const place = columns.map((column) =>
    head.cells.findIndex((cell) => cell.trim().toLowerCase() === column),
  );
  return rows.map(({ line, cells }) => {
    const [name, primary, labels] = place.map((at): string | undefined => cells[at]);
    return { line, name, primary, labels };
  });
}

// `site:Lyon; floor:2`
function readLabels(text: string): { labels: Record<string, string>; problem: Problem | null } {
  const labels: Record<string, string> = {};
  let problem: Problem | null = null;
  for (const label of text.split(/[;\n]/).map(clean)) {
    if (label === '') continue;
    const [, key = '', value = ''] = /^([^:=]*)[:=](.*)$/s.exec(label) ?? [];
    const [name, is] = [key.trim(), value.trim()];
    if (badKey(name) || is === '' || is.length > longestValue || name in labels)
      problem ??= { kind: 'label', label };
    labels[name] = is;
  }
  if (Object.keys(labels).length > maxLabels) problem ??= { kind: 'label', label: text };
  return { labels, problem };
}

function judged(rows: Wanted[], there: Gateway[]): Wanted[] {
  const primaries = new Map<string, number>();
  const others = new Set<string>();
  const taken = new Set(there.map(({ name }) => name));
  for (const gateway of there) {
    if (gateway.primary !== null) others.add(gateway.name).add(gateway.id);
  }
  const under = new Map<string, number>();
  for (const { primary } of there) if (primary) under.set(primary, (under.get(primary) ?? 0) + 1);
  for (const { id, name, primary } of there) {
    const count = under.get(id) ?? 0;
    if (primary === null) primaries.set(name, count).set(id, count);
  }
  const seen = new Set<string>();
  const named = rows.map((row): Wanted => {
    const { name, problem } = row;
    const twice = seen.has(name);
    seen.add(name);
    if (name === '') return { ...row, problem: { kind: 'noName' } };
    if ([...name].length > longestName) return { ...row, problem: { kind: 'longName' } };
    if (twice) return { ...row, problem: { kind: 'twice' } };
    if (taken.has(name)) return { ...row, problem: { kind: 'taken' } };
    if (!problem && row.primary === '') primaries.set(name, 0);
    else others.add(name);
    return row;
  });
  return named.map((row) => {
    const { primary: name } = row;
    if (row.problem || name === '') return row;
    const count = primaries.get(name);
    if (count === undefined)
      return { ...row, problem: { kind: others.has(name) ? 'notPrimary' : 'noPrimary', name } };
    if (count >= maxSecondaries) return { ...row, problem: { kind: 'full', name } };
    primaries.set(name, count + 1);
    return row;
  });
}
