// The gateway page of an account.
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Input, Label, SearchField, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { usePreferences } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { LiveMark, PageHead } from '../shell/page';
import { AcceptAllWindow } from '../ledger/AcceptAllWindow';
import { Button, Choice, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { RefusalNotice } from '../ui/window';
import { useQuery } from '../ui/query';
import { ActWindow, type Act } from './acts';
import { useGateways } from './store';
import { TileGrid } from './TileGrid';
import { answer, countBy, tilesOf, type Filter, type Sort } from './view';

const filters: Filter[] = ['all', 'attention', 'green', 'red', 'gray'];
const sorts: Sort[] = ['name', 'status', 'seen', 'added'];
// How often the soft state of what is on the screen is read again.
const freshenMs = 20_000;

export function GatewaysPage({ account }: { account: string }) {
  const { t, locale } = usePreferences();
  const manage = useMay('manage');
  const [gateways, store] = useGateways(account);
  const [query, setQuery] = useQuery();
  const [act, setAct] = useState<Act | null>(null);
  const [text, setText] = useState(query.get('search') ?? '');

  const sought = useDeferredValue(text);
  const show = oneOf(filters, query.get('show'));
  const order = oneOf(sorts, query.get('sort'));
  const tiles = useMemo(() => tilesOf(gateways.byId.values()), [gateways.byId]);
  const found = useMemo(
    () => answer(tiles, { text: sought, filter: show, sort: order }, locale),
    [tiles, sought, show, order, locale],
  );
  const counts = useMemo(() => countBy(gateways.byId.values()), [gateways.byId]);
  const restored = useMemo(
    () => [...gateways.byId.values()].filter((gateway) => gateway.restored).length,
    [gateways.byId],
  );
  const [accepting, setAccepting] = useState(false);
  const noteVisible = useFreshening(store);

  const search = (value: string) => {
    setText(value);
    setQuery({ search: value || null });
  };

  return (
    <>
      <PageHead
        title={t.gateways.title}
        lead={t.gateways.count(counts.all)}
        mark={<LiveMark live={gateways.live} />}
      >
        {manage && (
          <Button look="primary" onPress={() => setAct({ kind: 'add' })}>
            <Icon name="plus" />
            {t.gateways.add}
          </Button>
        )}
      </PageHead>
      <RefusalNotice refusal={gateways.refusal} />
      {restored > 0 && (
        <Notice tone="warning">
          <p>{t.restored.count(restored)}</p>
          <p>{t.restored.advice}</p>
          {manage && <Button onPress={() => setAccepting(true)}>{t.restored.acceptAccount}</Button>}
        </Notice>
      )}
      {counts.all > 0 && (
        <div className="toolbar">
          <SearchField className="search" value={text} onChange={search}>
            <Label className="visually-hidden">{t.gateways.search}</Label>
            <Icon name="search" />
            <Input className="input" placeholder={t.gateways.searchHint} />
          </SearchField>
          <ToggleButtonGroup
            className="chips"
            aria-label={t.gateways.filter}
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[show]}
            onSelectionChange={(keys) => {
              const [key] = keys;
              setQuery({ show: key === 'all' ? null : String(key) });
            }}
          >
            {filters.map((filter) => (
              <ToggleButton key={filter} id={filter} className="chip">
                {filter !== 'all' && filter !== 'attention' && (
                  <span className={`dot dot-${filter}`} />
                )}
                {filter === 'all' || filter === 'attention' ? t.gateways[filter] : t.status[filter]}{' '}
                <span className="chip-count">{counts[filter]}</span>
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
          <Choice
            inline
            label={t.gateways.sort}
            value={order}
            options={sorts.map((sort) => [sort, t.gateways.sorts[sort]] as const)}
            onChange={(sort) => setQuery({ sort: sort === 'name' ? null : sort })}
          />
        </div>
      )}
      {gateways.loaded && counts.all === 0 && !gateways.refusal && (
        <div className="empty">
          <Icon name="grid" />
          <p>{t.gateways.empty}</p>
          {manage && <p className="hint">{t.gateways.emptyHint}</p>}
        </div>
      )}
      {counts.all > 0 && found.length === 0 && (
        <div className="empty" role="status">
          <p>{t.gateways.none}</p>
        </div>
      )}
      {found.length > 0 && (
        <TileGrid
          tiles={found}
          label={fill(t.gateways.list, { account })}
          open={setAct}
          onVisible={noteVisible}
        />
      )}
      <ActWindow
        act={act}
        account={account}
        find={(id) => gateways.byId.get(id)}
        secondaries={(id) => tiles.find((tile) => tile.primary.id === id)?.secondaries.length ?? 0}
        put={(gateway) => store.put(gateway)}
        open={setAct}
        close={() => setAct(null)}
      />
      {accepting && (
        <AcceptAllWindow
          account={account}
          onDone={() => store.refresh(gateways.byId.keys())}
          onClose={() => setAccepting(false)}
        />
      )}
    </>
  );
}

const oneOf = <T extends string>(allowed: readonly T[], value: string | null): T =>
  allowed.find((each) => each === value) ?? allowed[0];

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
