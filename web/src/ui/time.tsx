// Times on the page: in the reader's zone, with the exact one in UTC on hover.
import { useSyncExternalStore } from 'react';
import { usePreferences } from '../i18n/context';
import { absolute, clock, date, elapsed, exactUtc, relative } from '../i18n/time';

// One clock for all that is shown; it ticks only while someone listens.
function makeClock(everyMs: number) {
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: number | undefined;
  return {
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now();
        timer = window.setInterval(() => {
          now = Date.now();
          for (const each of listeners) each();
        }, everyMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) window.clearInterval(timer);
      };
    },
    now: () => now,
  };
}

const seconds = makeClock(1000);
const slow = makeClock(10000);

export const useSecond = () => useSyncExternalStore(seconds.subscribe, seconds.now);
export const useNow = () => useSyncExternalStore(slow.subscribe, slow.now);

interface Props {
  at: string;
  as?: 'relative' | 'elapsed' | 'absolute' | 'day' | 'clock';
}

export function Time({ at, as = 'absolute' }: Props) {
  const { t, locale } = usePreferences();
  const now = useNow();
  const texts = {
    relative: () => relative(at, now, locale, t.app.justNow),
    elapsed: () => elapsed(at, now, locale),
    clock: () => clock(at, locale),
    day: () => date(at, locale),
    absolute: () => absolute(at, locale),
  };
  const title =
    as === 'relative' || as === 'elapsed'
      ? `${absolute(at, locale)} · ${exactUtc(at)}`
      : exactUtc(at);
  return (
    <time dateTime={at} title={title}>
      {texts[as]()}
    </time>
  );
}
