// Thousands of tiles, of which only those near the screen are in the page. Rows hold as many tiles
// as fit; their heights are measured, since tiles differ.
import { useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { currentEntry, keep, kept } from '../ui/place';
import type { OpenAct } from './acts';
import { Tile } from './Tile';
import type { Attempts, Tile as TileData } from './view';

const narrowestTile = 340;
const gap = 16;
const likelyHeight = 230;

interface Props {
  tiles: TileData[];
  attempts: Attempts;
  // The gateways that were searched for and found.
  matches?: ReadonlySet<string>;
  label: string;
  open: OpenAct;
  // Told which gateways are on the screen, so that their soft state can be kept fresh.
  onVisible(ids: string[]): void;
}

export function TileGrid({ tiles, attempts, matches, label, open, onVisible }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [columns, setColumns] = useState(1);
  const [top, setTop] = useState(0);
  const [entry] = useState(currentEntry);
  const [measured] = useState(() => kept<VirtualItem[]>('rows') ?? []);

  useLayoutEffect(() => {
    const measure = () => {
      const element = frame.current;
      if (!element) return;
      const fit = Math.floor((element.clientWidth + gap) / (narrowestTile + gap));
      setColumns(Math.max(1, fit));
      setTop(element.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);

  const rows = Math.ceil(tiles.length / columns);
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => likelyHeight,
    gap,
    overscan: 3,
    scrollMargin: top,
    getItemKey: (row) => tiles[row * columns].primary.id,
    initialMeasurementsCache: measured,
  });
  // Where a place in the list is depends on the heights above it.
  useEffect(() => {
    const note = () => keep(entry, 'rows', virtual.takeSnapshot());
    // Before all is stored (ui/place.ts).
    window.addEventListener('pagehide', note, true);
    return () => {
      window.removeEventListener('pagehide', note, true);
      note();
    };
  }, [entry, virtual]);
  const items = virtual.getVirtualItems();

  const shown = items.flatMap((row) => tiles.slice(row.index * columns, (row.index + 1) * columns));
  const visible = shown.flatMap((tile) => [tile.primary.id, ...tile.secondaries.map((s) => s.id)]);
  const visibleIds = visible.join();
  useEffect(() => onVisible(visibleIds ? visibleIds.split(',') : []), [visibleIds, onVisible]);

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
          {tiles.slice(row.index * columns, (row.index + 1) * columns).map((tile, column) => (
            <div
              key={tile.primary.id}
              role="listitem"
              data-anchor={tile.primary.id}
              aria-setsize={tiles.length}
              aria-posinset={row.index * columns + column + 1}
            >
              <Tile tile={tile} attempts={attempts} matches={matches} open={open} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
