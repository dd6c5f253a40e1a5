// The gateway page of an account.
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Input, Label, SearchField, ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { NotFound, PageHead, isNothing } from '../shell/page';
import { AcceptAllWindow } from '../ledger/AcceptAllWindow';
import { Button, Choice, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { UnreadNotice } from '../ui/window';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { useQuery } from '../ui/query';
import { ActWindow, useOpenAct } from './acts';
import { useGateways } from './store';
import { TileGrid } from './TileGrid';
import { answer, countBy, tilesOf, type Filter, type Sort } from './view';

const filters: Filter[] = ['all', 'attention', 'green', 'red', 'gray'];
const acceptKinds = ['acceptAll'] as const;
const sorts: Sort[] = ['name', 'status', 'seen', 'added'];
// How often the soft state of what is on the screen is read again.
const freshenMs = 20_000;

export function GatewaysPage({ account }: { account: string }) {
  const { t, locale } = usePreferences();
  const manage = useMay('manage');
  const [gateways, store] = useGateways(account);
  const [query, setQuery] = useQuery();
  const { open, known } = useOpenAct();
  const [text, setText] = useState(query.get('search') ?? '');

  const sought = useDeferredValue(text);
  const show = oneOf(filters, query.get('show'));
  const order = oneOf(sorts, query.get('sort'));
  const tiles = useMemo(() => tilesOf(gateways.byId.values(), locale), [gateways.byId, locale]);
  const { tiles: found, matches } = useMemo(
    () => answer(tiles, { text: sought, filter: show, sort: order }, locale, gateways.attempts),
    [tiles, sought, show, order, locale, gateways.attempts],
  );
  const counts = useMemo(
    () => countBy(gateways.byId.values(), gateways.attempts),
    [gateways.byId, gateways.attempts],
  );
  const restored = useMemo(
    () => [...gateways.byId.values()].filter((gateway) => gateway.restored).length,
    [gateways.byId],
  );
  const accepting = useOpened(acceptKinds) && manage;
  const noteVisible = useFreshening(store);

  const search = (value: string) => {
    setText(value);
    setQuery({ search: value || null });
  };

  const whole = t.gateways.count(counts.all);
  const counted =
    matches.size === counts.all
      ? whole
      : fill(t.gateways.countOf, { n: matches.size.toLocaleString(locale), all: whole });
  if (isNothing(gateways.refusal)) return <NotFound />;
  return (
    <>
      <PageHead
        title={t.gateways.title}
        of={account}
        lead={(counts.all > 0 || !gateways.refusal) && gateways.loaded && counted}
        liveness={gateways}
      >
        {manage && (
          <Button look="primary" onPress={() => open({ kind: 'add' })}>
            <Icon name="plus" />
            {t.gateways.add}
          </Button>
        )}
      </PageHead>
      <UnreadNotice refusal={gateways.refusal} again={store.reopen} />
      {restored > 0 && (
        <Notice tone="warning">
          <p>{t.restored.count(restored)}</p>
          <p>{t.restored.advice}</p>
          {manage && (
            <Button onPress={() => openWindow('acceptAll')}>{t.restored.acceptAccount}</Button>
          )}
        </Notice>
      )}
      {counts.all > 0 && (
        <Toolbar counts={counts} text={text} search={search} show={show} order={order} />
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
          attempts={gateways.attempts}
          matches={sought.trim() === '' ? undefined : matches}
          label={fill(t.gateways.list, { account })}
          open={open}
          onVisible={noteVisible}
        />
      )}
      <ActWindow
        account={account}
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
    </>
  );
}

interface ToolbarProps {
  counts: Record<Filter, number>;
  text: string;
  search(value: string): void;
  show: Filter;
  order: Sort;
}

function Toolbar({ counts, text, search, show, order }: ToolbarProps) {
  const t = useText();
  const [, setQuery] = useQuery();
  return (
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
            {filter !== 'all' && filter !== 'attention' && <span className={`dot dot-${filter}`} />}
            {filter === 'all' || filter === 'attention'
              ? t.gateways[filter]
              : t.status[filter]}{' '}
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
