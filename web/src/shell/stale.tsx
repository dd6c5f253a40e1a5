// The band over a page that may be out of date, and since when it may be.
import { useEffect, useSyncExternalStore } from 'react';
import { usePreferences } from '../i18n/context';
import { moment } from '../i18n/time';
import { Icon } from '../ui/icons';
import { Sentence } from '../ui/sentence';

let since: number | null = null;
const listeners = new Set<() => void>();

function setSince(value: number | null) {
  since = value;
  // What is shown as a dot may no longer be so.
  document.documentElement.toggleAttribute('data-stale', value !== null);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

// The page that is shown is up to date (null), or was last at this time.
export function useStale(value: number | null) {
  useEffect(() => {
    setSince(value);
    return () => setSince(null);
  }, [value]);
}

export function StaleBand() {
  const { t, locale } = usePreferences();
  const shown = useSyncExternalStore(subscribe, () => since);
  return (
    <div role="status">
      {shown !== null && (
        <p className="stale-band">
          <Icon name="warning" />
          <span>
            <Sentence
              message={t.app.staleSince}
              values={{
                time: (
                  <time dateTime={new Date(shown).toISOString()}>
                    {moment(shown, Date.now(), locale)}
                  </time>
                ),
              }}
            />
          </span>
        </p>
      )}
    </div>
  );
}
