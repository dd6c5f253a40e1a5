// Thousands of tiles, of which only those near the screen are in the page. Rows hold as many tiles
// as fit; their heights are measured, since tiles differ.
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { OpenAct } from './acts';
import { Tile } from './Tile';
import type { Tile as TileData } from './view';

const narrowestTile = 340;
const gap = 16;
const likelyHeight = 230;

interface Props {
  tiles: TileData[];
  label: string;
  open: OpenAct;
  // Told which gateways are on the screen, so that their soft state can be kept fresh.
  onVisible(ids: string[]): void;
}

export function TileGrid({ tiles, label, open, onVisible }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [columns, setColumns] = useState(1);
  const [top, setTop] = useState(0);

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
  });
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
              aria-setsize={tiles.length}
              aria-posinset={row.index * columns + column + 1}
            >
              <Tile tile={tile} open={open} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
