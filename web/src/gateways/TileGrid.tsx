// Thousands of tiles: rows hold as many as fit, and only those near the screen are in the page.
import { useEffect, useRef } from 'react';
import { useRows, useWidth } from '../ui/rows';
import type { OpenAct } from './acts';
import { Tile } from './Tile';
import type { Selection } from './selection';
import type { Attempts, Tile as TileData } from './view';

const narrowestTile = 288;
const gap = 12;
const likelyHeight = 150;

export interface ListProps {
  tiles: TileData[];
  attempts: Attempts;
  // The gateways that were searched for and found.
  matches: ReadonlySet<string>;
  // Fewer than all are shown.
  sought: boolean;
  label: string;
  // Of all accounts: each says whose it is.
  accounts: boolean;
  open: OpenAct;
  onLabel(label: string): void;
  selection: Selection | null;
  // Told which gateways are on the screen, so that their soft state can be kept fresh.
  onVisible(ids: string[]): void;
}

// Says which these are, when they are others.
export function useVisible(ids: string[], onVisible: ListProps['onVisible']) {
  const joined = ids.join();
  useEffect(() => onVisible(joined ? joined.split(',') : []), [joined, onVisible]);
}

export function TileGrid(props: ListProps) {
  const { tiles, attempts, matches, sought, label, accounts, open, onLabel, selection, onVisible } =
    props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const columns = Math.max(1, Math.floor((width + gap) / (narrowestTile + gap)));
  const { virtual, top, items } = useRows({
    name: 'tiles',
    frame,
    count: Math.ceil(tiles.length / columns),
    keyOf: (row) => tiles[row * columns].primary.id,
    likelyHeight,
    gap,
  });
  const inRow = (row: number) => tiles.slice(row * columns, (row + 1) * columns);
  const shown = items.flatMap((row) => inRow(row.index));
  useVisible(
    shown.flatMap((tile) => [tile.primary, ...tile.secondaries].map(({ id }) => id)),
    onVisible,
  );
  return (
    <div
      ref={frame}
      role="list"
      aria-label={label}
      className="tile-grid"
      style={{ height: virtual.getTotalSize() }}
    >
      {items.map((row) => (
        <div
          key={row.key}
          ref={virtual.measureElement}
          data-index={row.index}
          role="presentation"
          className="tile-row"
          style={{
            transform: `translateY(${row.start - top}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
          }}
        >
          {inRow(row.index).map((tile, column) => (
            <div
              key={tile.primary.id}
              role="listitem"
              data-anchor={tile.primary.id}
              aria-setsize={tiles.length}
              aria-posinset={row.index * columns + column + 1}
            >
              <Tile
                tile={tile}
                attempts={attempts}
                matches={sought ? matches : undefined}
                account={accounts}
                open={open}
                onLabel={onLabel}
                select={selection?.set}
                selected={selection?.among(tile) ?? ''}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
