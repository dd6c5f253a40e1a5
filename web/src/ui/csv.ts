// Tables as text (RFC 4180), as spreadsheets write and read them.
const mark = '\ufeff';

// The cells of each line that is not empty, with the number it has in the text.
export function readTable(text: string, delimiter: string): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = [];
  let [cells, cell, quoted, line, begun]: [string[], string, boolean, number, number] = [
    [],
    '',
    false,
    1,
    1,
  ];
  const endRow = () => {
    cells.push(cell);
    if (cells.some((each) => each.trim() !== '')) rows.push({ line: begun, cells });
    [cells, cell] = [[], ''];
  };
  const source = text.replace(mark, '').replace(/\r\n?/g, '\n');
  for (let i = 0; i < source.length; ++i) {
    const c = source[i];
    if (c === '\n') line += 1;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source[i + 1] === '"') cell += source[++i];
      else quoted = false;
    } else if (c === '"' && cell.trim() === '') {
      [cell, quoted] = ['', true];
    } else if (c === delimiter) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') {
      endRow();
      begun = line;
    } else {
      cell += c;
    }
  }
  endRow();
  return rows;
}

export type Cell = string | number | null | undefined;

// As the command line writes it: what a spreadsheet would take for a formula is told as text, for names
// are chosen by others.
export function cell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = (value ?? '').replace(/\p{C}/gu, '?');
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// With the mark by which spreadsheets know that it is UTF-8.
export const writeTable = (rows: Cell[][]) =>
  mark + rows.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
