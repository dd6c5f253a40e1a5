// Which gateways are chosen, to do the same with all of them. Those that go meanwhile are no longer chosen.
import { useCallback, useMemo, useState } from 'react';
import type { Gateway } from '../api/types';
import type { Tile } from './view';

export type Select = (ids: readonly string[], on: boolean) => void;

export interface Selection {
  ids: ReadonlySet<string>;
  set: Select;
  clear(): void;
  // Those of a tile, as a text that stays the same while they do.
  among(tile: Tile): string;
}

const none: ReadonlySet<string> = new Set();

export function useSelection(there: ReadonlyMap<string, Gateway>): Selection {
  const [chosen, setChosen] = useState(none);
  const set = useCallback<Select>((ids, on) => {
    setChosen((before) => {
      const after = new Set(before);
      for (const id of ids) {
        if (on) after.add(id);
        else after.delete(id);
      }
      return after;
    });
  }, []);
  return useMemo(() => {
    const ids = new Set([...chosen].filter((id) => there.has(id)));
    return {
      ids,
      set,
      clear: () => setChosen(none),
      among: ({ primary, secondaries }) =>
        ids.size === 0
          ? ''
          : [primary, ...secondaries]
              .map(({ id }) => id)
              .filter((id) => ids.has(id))
              .join(),
    };
  }, [chosen, there, set]);
}
