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

// What a spreadsheet would take for a formula is text: names are chosen by others.
const guarded = (cell: string) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);
const written = (cell: string) => {
  const text = guarded(cell);
  return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

// With the mark by which spreadsheets know that it is UTF-8.
export const writeTable = (rows: string[][]) =>
  mark + rows.map((cells) => `${cells.map(written).join(',')}\r\n`).join('');

// Hands a text to the reader as a file.
export function saveText(name: string, type: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
