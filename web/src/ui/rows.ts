// Long lists, of which only the rows near the screen are in the page. The window scrolls them, so that Back
// and a reload return to their place (place.ts); their heights are measured.
import { useWindowVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import { defaultRangeExtractor } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';
import { currentEntry, keep, kept } from './place';

interface Options {
  // What is measured, where the same page has several such lists.
  name: string;
  frame: RefObject<HTMLElement | null>;
  count: number;
  keyOf(row: number): string;
  likelyHeight: number;
  gap?: number;
  // Stays in the page wherever one scrolls: it has the focus.
  always?: number;
  // What covers the top of the page, beneath which a row is brought.
  covered?: number;
}

export function useRows({ name, frame, always = -1, covered = 0, ...rows }: Options) {
  const [top, setTop] = useState(0);
  const [entry] = useState(currentEntry);
  const [measured] = useState(() => kept<VirtualItem[]>(`rows.${name}`) ?? []);

  useLayoutEffect(() => {
    const measure = () => {
      const element = frame.current;
      if (!element) return;
      setTop(element.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (frame.current) observer.observe(frame.current);
    // What stands above it comes and goes.
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [frame]);

  const virtual = useWindowVirtualizer({
    count: rows.count,
    estimateSize: () => rows.likelyHeight,
    gap: rows.gap ?? 0,
    overscan: 3,
    scrollMargin: top,
    scrollPaddingStart: covered,
    getItemKey: rows.keyOf,
    initialMeasurementsCache: measured,
    rangeExtractor: (range: Range) => {
      const shown = defaultRangeExtractor(range);
      if (always < 0 || always >= rows.count || shown.includes(always)) return shown;
      return [...shown, always].sort((a, b) => a - b);
    },
  });
  // Where a place in the list is depends on the heights above it.
  useEffect(() => {
    const note = () => keep(entry, `rows.${name}`, virtual.takeSnapshot());
    // Before all is stored.
    window.addEventListener('pagehide', note, true);
    return () => {
      window.removeEventListener('pagehide', note, true);
      note();
    };
  }, [entry, name, virtual]);
  return { virtual, top, items: virtual.getVirtualItems() };
}

export function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(frame.current?.clientWidth ?? 0);
    measure();
    const observer = new ResizeObserver(measure);
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
