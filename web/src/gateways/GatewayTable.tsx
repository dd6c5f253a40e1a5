// Gateways as rows: dense, sorted by any column, secondaries beneath their primary. The keyboard moves from row
// to row; a row has its own stops only while it is the one that the keyboard is at.
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useEffect, useMemo } from 'react';
import { Button, Checkbox } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import type { Messages } from '../i18n/en';
import { fill } from '../i18n/text';
import { Icon } from '../ui/icons';
import { useRows, useWidth } from '../ui/rows';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { useWholeOpens } from '../ui/whole';
import { Dot } from './Dot';
import { Labels } from './Labels';
import { GatewayMenu, SelectBox } from './Tile';
import { useVisible, type ListProps } from './TileGrid';
import { aging, attemptOn, isRegistered, keyTrouble, type Attempts, type Sort } from './view';

export interface TableProps extends ListProps {
  sort: Sort;
  reverse: boolean;
  onSort(sort: Sort): void;
}

interface Column {
  id: Sort;
  title(t: Messages): string;
  width: string;
  // The narrowest table that has it.
  from: number;
}

const columns: Column[] = [
  { id: 'name', title: (t) => t.gateways.sorts.name, width: 'minmax(9rem, 3fr)', from: 0 },
  { id: 'account', title: (t) => t.app.account, width: 'minmax(6rem, 1fr)', from: 600 },
  { id: 'status', title: (t) => t.list.status, width: 'minmax(11rem, 2fr)', from: 600 },
  { id: 'seen', title: (t) => t.gateways.lastSeen, width: '9rem', from: 760 },
  { id: 'version', title: (t) => t.gateways.version, width: '6rem', from: 860 },
  { id: 'address', title: (t) => t.gateways.address, width: '9rem', from: 980 },
  { id: 'key', title: (t) => t.gateways.sorts.key, width: '11rem', from: 860 },
  { id: 'added', title: (t) => t.gateways.created, width: '9rem', from: 1150 },
];
const likelyHeight = 41;
// The bar of the console and the head of the table.
const covered = 100;
const pageOfRows = 10;

interface Line {
  gateway: Gateway;
  under: boolean;
  // Here only for its secondaries.
  context: boolean;
}

export function Part(props: TableProps) {
  const t = useText();
  const { tiles, matches, sought, label, selection, accounts, onVisible } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const lines = useMemo(() => linesOf(tiles, matches, sought), [tiles, matches, sought]);
  const [at, setAt] = useState('');
  const index = Math.max(
    0,
    lines.findIndex(({ gateway }) => gateway.id === at),
  );
  const current = lines[index].gateway.id;
  const { virtual, top, items } = useRows({
    name: 'table',
    frame,
    count: lines.length,
    keyOf: (row) => lines[row].gateway.id,
    likelyHeight,
    always: index,
    covered,
  });
  useVisible(
    items.map((row) => lines[row.index].gateway.id),
    onVisible,
  );
  const go = useRowFocus(frame, current, items.length);
  const move = (to: number) => {
    const row = Math.min(lines.length - 1, Math.max(0, to));
    setAt(lines[row].gateway.id);
    virtual.scrollToIndex(row);
    go();
  };
  const onKeyDown = useRowKeys({ ...props, lines, index, move });
  const shown = columns.filter(({ id, from }) => width >= from && (id !== 'account' || accounts));
  const template = [
    ...(selection ? ['2.25rem'] : []),
    ...shown.map((column) => column.width),
    '2.75rem',
  ].join(' ');
  return (
    <div
      className="table"
      role="treegrid"
      aria-label={label}
      aria-description={t.list.keys}
      aria-rowcount={lines.length + 1}
      aria-multiselectable={selection ? true : undefined}
      style={{ '--columns': template } as React.CSSProperties}
    >
      <div className="table-group" role="rowgroup">
        <TableHead {...props} columns={shown} lines={lines} />
      </div>
      <div
        ref={frame}
        role="rowgroup"
        className="table-body"
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const row = (event.target as Element).closest<HTMLElement>('[data-row]')?.dataset.row;
          if (row) setAt(row);
        }}
      >
        {items.map((row) => (
          <div
            key={row.key}
            ref={virtual.measureElement}
            data-index={row.index}
            role="presentation"
            className="table-place"
            style={{ transform: `translateY(${row.start - top}px)` }}
          >
            <Row
              {...props}
              line={lines[row.index]}
              row={row.index}
              columns={shown}
              current={lines[row.index].gateway.id === current}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

function linesOf(tiles: ListProps['tiles'], matches: ReadonlySet<string>, sought: boolean) {
  const lines: Line[] = [];
  for (const { primary, secondaries } of tiles) {
    const context = sought && !matches.has(primary.id);
    lines.push({ gateway: primary, under: false, context });
    for (const gateway of secondaries) {
      if (matches.has(gateway.id)) lines.push({ gateway, under: true, context: false });
    }
  }
  return lines;
}

// The row that the keyboard went to may not be in the page yet.
function useRowFocus(frame: React.RefObject<HTMLElement | null>, current: string, inPage: number) {
  const wanted = useRef(false);
  useEffect(() => {
    if (!wanted.current) return;
    const row = frame.current?.querySelector<HTMLElement>(`[data-row="${current}"]`);
    if (!row) return;
    wanted.current = false;
    row.focus({ preventScroll: true });
  }, [frame, current, inPage]);
  return () => void (wanted.current = true);
}

interface Keys extends TableProps {
  lines: Line[];
  index: number;
  move(to: number): void;
}

function useRowKeys({ lines, index, move, selection }: Keys) {
  const [, navigate] = useLocation();
  return (event: KeyboardEvent<HTMLElement>) => {
    // What is in a row has keys of its own.
    if (!(event.target as HTMLElement).dataset.row) return;
    const { id } = lines[index].gateway;
    const step = (to: number) => {
      if (event.shiftKey)
        selection?.set([id, lines[Math.min(lines.length - 1, Math.max(0, to))].gateway.id], true);
      move(to);
    };
    const chosen = selection?.ids.has(id) ?? false;
    const acts: Record<string, () => void> = {
      ArrowDown: () => step(index + 1),
      ArrowUp: () => step(index - 1),
      PageDown: () => move(index + pageOfRows),
      PageUp: () => move(index - pageOfRows),
      Home: () => move(0),
      End: () => move(lines.length - 1),
      Enter: () => navigate(`/gateways/${id}`),
      ' ': () => selection?.set([id], !chosen),
      Escape: () => selection?.clear(),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
}

function TableHead(props: TableProps & { columns: Column[]; lines: Line[] }) {
  const t = useText();
  const { lines, selection, sort, reverse, onSort } = props;
  const own = lines.filter(({ context }) => !context).map(({ gateway }) => gateway.id);
  const chosen = selection ? own.filter((id) => selection.ids.has(id)).length : 0;
  return (
    <div className="table-row table-head" role="row" aria-rowindex={1}>
      {selection && (
        <span role="columnheader">
          <Checkbox
            className="checkbox"
            aria-label={t.many.selectAll}
            isSelected={chosen > 0 && chosen === own.length}
            isIndeterminate={chosen > 0 && chosen < own.length}
            onChange={(on) => selection.set(own, on)}
          >
            <span className="check-box">
              <Icon name={chosen < own.length ? 'minus' : 'check'} />
            </span>
          </Checkbox>
        </span>
      )}
      {props.columns.map(({ id, title }) => (
        <span
          key={id}
          role="columnheader"
          aria-sort={sort !== id ? 'none' : reverse ? 'descending' : 'ascending'}
        >
          <Button
            className="sort-button"
            aria-label={fill(t.list.sortBy, { column: title(t) })}
            onPress={() => onSort(id)}
          >
            {title(t)}
            {sort === id && <Icon name={reverse ? 'chevron' : 'up'} />}
          </Button>
        </span>
      ))}
      <span role="columnheader">
        <span className="visually-hidden">{t.many.actions}</span>
      </span>
    </div>
  );
}

interface RowProps extends TableProps {
  line: Line;
  row: number;
  columns: Column[];
  current: boolean;
}

function Row(props: RowProps) {
  const { line, row, columns: shown, current, selection, attempts, open, onLabel } = props;
  const { gateway, under, context } = line;
  const onClick = useWholeOpens(`/gateways/${gateway.id}`);
  const chosen = selection?.ids.has(gateway.id) ?? false;
  const has = (id: Sort) => shown.some((column) => column.id === id);
  const status = <StatusCell gateway={gateway} attempts={attempts} bare={has('seen')} />;
  const cells: Record<Sort, () => ReactNode> = {
    name: () => (
      <>
        <Link
          className="table-name"
          href={`/gateways/${gateway.id}`}
          tabIndex={current ? 0 : -1}
          title={gateway.note ?? undefined}
        >
          {gateway.name}
        </Link>
        {props.accounts && !has('account') && <span className="hint">{gateway.account}</span>}
        {!has('status') && status}
        <Labels gateway={gateway} onLabel={onLabel} unstopped={!current} />
      </>
    ),
    account: () => gateway.account,
    status: () => status,
    seen: () => gateway.last_seen_at && <Time at={gateway.last_seen_at} as="relative" />,
    version: () => gateway.version,
    address: () => gateway.last_seen_from,
    key: () => <KeyCell gateway={gateway} />,
    added: () => <Time at={gateway.created_at} as="day" />,
  };
  return (
    <div
      className={`table-row${under ? ' table-under' : ''}${context ? ' table-context' : ''}`}
      role="row"
      aria-rowindex={row + 2}
      aria-level={under ? 2 : 1}
      aria-selected={selection ? chosen : undefined}
      data-row={gateway.id}
      data-anchor={gateway.id}
      tabIndex={current ? 0 : -1}
      onClick={onClick}
    >
      {selection && (
        <span role="gridcell">
          <SelectBox
            gateway={gateway}
            selected={chosen ? gateway.id : ''}
            select={selection.set}
            unstopped={!current}
          />
        </span>
      )}
      {shown.map(({ id }) => (
        <span key={id} role={id === 'name' ? 'rowheader' : 'gridcell'} className={`cell-${id}`}>
          {cells[id]()}
        </span>
      ))}
      <span role="gridcell">
        <GatewayMenu gateway={gateway} open={open} inMenu unstopped={!current} />
      </span>
    </div>
  );
}

interface StatusProps {
  gateway: Gateway;
  attempts: Attempts;
  bare: boolean;
}

function StatusCell({ gateway, attempts, bare }: StatusProps) {
  const t = useText();
  const { why } = t.list;
  const reason =
    gateway.last_failure && !gateway.pending
      ? why.failed
      : attemptOn(gateway, attempts)
        ? why.attempt
        : aging(gateway, Date.now())
          ? why.certificate
          : gateway.restored && why.restored;
  return (
    <span className="status-cell">
      <Dot gateway={gateway} bare={bare} />
      {reason && <span className="pill pill-warning">{reason}</span>}
    </span>
  );
}

function KeyCell({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const key = gateway.registration_key;
  if (!key) return t.list.noKey;
  if (key.state !== 'active') {
    const trouble = keyTrouble(gateway, Date.now()) !== null && !isRegistered(gateway);
    return <span className={trouble ? 'pill pill-warning' : ''}>{t.keyWords[key.state]}</span>;
  }
  return (
    <span className="key-active">
      <Icon name="key" />
      <Sentence
        message={t.list.keyUntil}
        values={{ time: <Time at={key.expires_at} as="day" /> }}
      />
    </span>
  );
}
