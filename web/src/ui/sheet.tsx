// A table that becomes cards where it does not fit. The roles are said, since a table that is laid
// out anew loses them.
import type { ReactNode } from 'react';

export interface Column<Row> {
  head: string;
  cell(row: Row): ReactNode;
  // What is done with a row stands at its end, without a head that is seen.
  acts?: boolean;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf(row: Row): string;
}

export function Sheet<Row>({ label, columns, rows, keyOf }: Props<Row>) {
  return (
    <table className="sheet" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, acts }) => (
            <th key={head} role="columnheader" scope="col">
              <span className={acts ? 'visually-hidden' : undefined}>{head}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ head, cell, acts }) => (
              <td key={head} role="cell" className={acts ? 'sheet-acts' : undefined}>
                {!acts && (
                  <span className="sheet-head" aria-hidden>
                    {head}
                  </span>
                )}
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
