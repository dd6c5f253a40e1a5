// The gateways of an account, or of all accounts that one sees (`account` is null): as tiles or as a table.
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { NotFound, PageHead, isNothing } from '../shell/page';
import { AcceptAllWindow } from '../ledger/AcceptAllWindow';
import { Button, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { later } from '../ui/later';
import { UnreadNotice } from '../ui/window';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { useQuery } from '../ui/query';
import { ActWindow, useOpenAct } from './acts';
import { useSelection } from './selection';
import { SelectedBar } from './SelectedBar';
import { useGateways, type Gateways } from './store';
import { TileGrid, type ListProps } from './TileGrid';
import { Toolbar, useShown, type Shown } from './Toolbar';
import { answer, countBy, countLabels, tilesOf } from './view';

const acceptKinds = ['acceptAll'] as const;
// How often the soft state of what is on the screen is read again.
const freshenMs = 20_000;
const GatewayTable = later(() => import('./GatewayTable'));

export function GatewaysPage({ account }: { account: string | null }) {
  const { t, locale } = usePreferences();
  const manage = useMay('manage');
  const mayChoose = useMay('keys');
  const [gateways, store] = useGateways(account);
  const { open, known } = useOpenAct();
  const shown = useShown();
  const { text, sought, search } = useSearchText();
  const { tiles, found, matches, counts, labels, restored } = useFound(gateways, shown, sought);
  const accepting = useOpened(acceptKinds) && manage && account !== null;
  const noteVisible = useFreshening(store);
  const selection = useSelection(gateways.byId);
  const addLabel = useAddLabel();
  const showAll = () => {
    shown.clear();
    search('');
  };

  const whole = t.gateways.count(counts.all);
  const counted =
    matches.size === counts.all
      ? whole
      : fill(t.gateways.countOf, { n: matches.size.toLocaleString(locale), all: whole });
  if (isNothing(gateways.refusal)) return <NotFound />;
  return (
    <div className="wide">
      <PageHead
        title={account === null ? t.overview.allOf : t.gateways.title}
        of={account ?? undefined}
        lead={(counts.all > 0 || !gateways.refusal) && gateways.loaded && counted}
        liveness={gateways}
      >
        {manage && account !== null && (
          <>
            <Button onPress={() => openWindow('addMany')}>{t.many.addAction}</Button>
            <Button look="primary" onPress={() => open({ kind: 'add' })}>
              <Icon name="plus" />
              {t.gateways.add}
            </Button>
          </>
        )}
      </PageHead>
      <UnreadNotice refusal={gateways.refusal} again={store.open} />
      {restored > 0 && account !== null && <RestoredNotice count={restored} />}
      {counts.all > 0 && (
        <Toolbar
          shown={shown}
          counts={counts}
          labels={labels}
          text={text}
          search={search}
          accounts={account === null}
        />
      )}
      {gateways.loaded && counts.all === 0 && !gateways.refusal && <Empty account={account} />}
      {counts.all > 0 && found.length === 0 && (
        <div className="empty" role="status">
          <p>{t.gateways.none}</p>
          <Button onPress={showAll}>{t.list.showAll}</Button>
        </div>
      )}
      {found.length > 0 && (
        <List
          tiles={found}
          attempts={gateways.attempts}
          matches={matches}
          sought={matches.size < counts.all}
          label={account === null ? t.overview.allOf : fill(t.gateways.list, { account })}
          accounts={account === null}
          open={open}
          onLabel={addLabel}
          selection={mayChoose ? selection : null}
          onVisible={noteVisible}
          shown={shown}
        />
      )}
      {mayChoose && (
        <SelectedBar account={account} gateways={gateways.byId} selection={selection} />
      )}
      <ActWindow
        account={account ?? ''}
        find={(id) => gateways.byId.get(id)}
        secondaries={(id) => tiles.find((tile) => tile.primary.id === id)?.secondaries.length ?? 0}
        put={(gateway) => store.put(gateway)}
        open={open}
        known={known}
      />
      {accepting && (
        <AcceptAllWindow
          account={account}
          onDone={() => store.refresh(gateways.byId.keys())}
          onClose={closeWindow}
        />
      )}
    </div>
  );
}

function List({ shown, ...list }: ListProps & { shown: Shown }) {
  if (shown.view === 'tiles') return <TileGrid {...list} />;
  const { sort, reverse, orderBy } = shown;
  return <GatewayTable {...list} sort={sort} reverse={reverse} onSort={orderBy} />;
}

function RestoredNotice({ count }: { count: number }) {
  const t = useText();
  const manage = useMay('manage');
  return (
    <Notice tone="warning">
      <p>{t.restored.count(count)}</p>
      <p>{t.restored.advice}</p>
      {manage && (
        <Button onPress={() => openWindow('acceptAll')}>{t.restored.acceptAccount}</Button>
      )}
    </Notice>
  );
}

function Empty({ account }: { account: string | null }) {
  const t = useText();
  const manage = useMay('manage');
  return (
    <div className="empty">
      <Icon name="grid" />
      <p>{account === null ? t.gateways.none : t.gateways.empty}</p>
      {manage && account !== null && <p className="hint">{t.gateways.emptyHint}</p>}
    </div>
  );
}

// What is searched for stands in the address; the list follows when there is time.
function useSearchText() {
  const [query, setQuery] = useQuery();
  const [text, setText] = useState(query.get('search') ?? '');
  const search = (value: string) => {
    setText(value);
    setQuery({ search: value || null });
  };
  return { text, sought: useDeferredValue(text), search };
}

function useFound(gateways: Gateways, shown: Shown, text: string) {
  const { locale } = usePreferences();
  const { byId, attempts } = gateways;
  const { show: filter, sort, reverse } = shown;
  const labelled = JSON.stringify(shown.labels);
  const tiles = useMemo(() => tilesOf(byId.values(), locale), [byId, locale]);
  const { tiles: found, matches } = useMemo(() => {
    const labels = JSON.parse(labelled) as string[];
    return answer(tiles, { text, filter, sort, reverse, labels }, locale, attempts);
  }, [tiles, text, filter, sort, reverse, labelled, locale, attempts]);
  const counts = useMemo(() => countBy(byId.values(), attempts), [byId, attempts]);
  const labels = useMemo(() => countLabels(byId.values()), [byId]);
  const restored = useMemo(
    () => [...byId.values()].filter((gateway) => gateway.restored).length,
    [byId],
  );
  return { tiles, found, matches, counts, labels, restored };
}

// The same function for as long as the page is there, so that no tile is made anew for it.
function useAddLabel() {
  const [, setQuery] = useQuery();
  return useCallback(
    (label: string) => {
      const chosen = new URLSearchParams(window.location.search).getAll('label');
      if (!chosen.includes(label)) setQuery({ label: [...chosen, label] });
    },
    [setQuery],
  );
}

// Keeps "last seen" true for the gateways on the screen, while anyone looks.
function useFreshening(store: { refresh(ids: Iterable<string>): void }) {
  const visible = useRef<string[]>([]);
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') store.refresh(visible.current);
    }, freshenMs);
    return () => window.clearInterval(timer);
  }, [store]);
  return useCallback((ids: string[]) => {
    visible.current = ids;
  }, []);
}
