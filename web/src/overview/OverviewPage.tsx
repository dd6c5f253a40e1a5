// All accounts that one sees, in numbers: how their gateways are, and where somebody should look.
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Button, Input, Label, SearchField } from 'react-aria-components';
import { Link } from 'wouter';
import { api, ask, eachPage } from '../api/client';
import { useFollowing } from '../api/live';
import type { AccountStanding } from '../api/types';
import { useNowAndThen } from '../api/useAnswer';
import { allEventTypes } from '../history/types';
import { usePreferences, useText } from '../i18n/context';
import type { Messages } from '../i18n/en';
import { fill } from '../i18n/text';
import { PageHead } from '../shell/page';
import { Choice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { PartsBar, statuses } from '../ui/parts';
import { useQuery } from '../ui/query';
import { useRows } from '../ui/rows';
import { Time } from '../ui/time';
import { UnreadNotice } from '../ui/window';
import { shownOf, sorts, totalOf, type Sort } from './order';

const pageSize = 1000;
const readEveryMs = 20_000;
// After an event: soon, and again when the counts are surely younger than it.
const afterFactMs = [700, 6000];
const likelyHeight = 45;
const covered = 100;

export function Part() {
  const { t, locale } = usePreferences();
  const { accounts, again, ...liveness } = useOverview();
  const [query, setQuery] = useQuery();
  const [text, setText] = useState(query.get('search') ?? '');
  const sought = useDeferredValue(text);
  const wanted = query.get('sort') ?? '';
  const reverse = wanted.startsWith('-');
  const sort = sorts.find((each) => each === wanted.replace('-', '')) ?? 'name';
  const shown = useMemo(
    () => shownOf(accounts ?? [], sought, sort, reverse, locale),
    [accounts, sought, sort, reverse, locale],
  );
  const search = (value: string) => {
    setText(value);
    setQuery({ search: value || null });
  };
  const onSort = (to: Sort) => setQuery({ sort: to === sort && !reverse ? `-${to}` : to });
  return (
    <>
      <PageHead
        title={t.overview.title}
        lead={accounts && t.overview.accounts(accounts.length)}
        liveness={liveness}
      />
      <UnreadNotice refusal={liveness.refusal} again={again} />
      {accounts && accounts.length > 0 && (
        <>
          <Totals accounts={accounts} />
          <div className="toolbar">
            <SearchField className="search" value={text} onChange={search}>
              <Label className="visually-hidden">{t.overview.search}</Label>
              <Icon name="search" />
              <Input className="input" placeholder={t.overview.searchHint} />
            </SearchField>
            <div className="sort-by-head">
              <Choice
                inline
                label={t.gateways.sort}
                value={sort}
                options={sorts.map((each) => [each, sortWords(t)[each]] as const)}
                onChange={(to) => setQuery({ sort: to })}
              />
            </div>
          </div>
          {shown.length > 0 ? (
            <AccountTable accounts={shown} sort={sort} reverse={reverse} onSort={onSort} />
          ) : (
            <div className="empty" role="status">
              <p>{t.overview.none}</p>
            </div>
          )}
        </>
      )}
    </>
  );
}

function useOverview() {
  const [accounts, setAccounts] = useState<AccountStanding[] | null>(null);
  const read = useCallback(async () => {
    const all: AccountStanding[] = [];
    await eachPage(
      async (after) => {
        const query = { after, limit: pageSize };
        const page = await ask(api.GET('/v1/overview', { params: { query } }));
        return { rows: page.accounts, next: page.next };
      },
      (rows) => all.push(...rows),
    );
    setAccounts(all);
  }, []);
  // What fails now is asked for again by the clock; the page says since when it is not up to date.
  const reread = useCallback(() => void read().catch(() => {}), [read]);
  const timers = useRef<number[]>([]);
  const onFact = useCallback(() => {
    if (timers.current.length > 0) return;
    const forget = (timer: number) =>
      (timers.current = timers.current.filter((each) => each !== timer));
    timers.current = afterFactMs.map((ms) => {
      const timer = window.setTimeout(() => {
        forget(timer);
        reread();
      }, ms);
      return timer;
    });
  }, [reread]);
  useEffect(() => () => timers.current.forEach(window.clearTimeout), []);
  useNowAndThen(reread, readEveryMs);
  return { accounts, ...useFollowing(allEventTypes, read, onFact) };
}

function Totals({ accounts }: { accounts: AccountStanding[] }) {
  const { t, locale } = usePreferences();
  const total = totalOf(accounts);
  const n = (count: number) => count.toLocaleString(locale);
  const links = statuses.filter((status) => total[status] > 0);
  return (
    <section className="totals" aria-label={t.overview.allOf}>
      <Link className="total" href="/gateways">
        <strong>{n(total.green + total.red + total.gray)}</strong> {t.overview.allGateways}
      </Link>
      {links.map((status) => (
        <Link key={status} className="total" href={`/gateways?show=${status}`}>
          <strong>{n(total[status])}</strong>
          <span className="row">
            <span className={`dot dot-${status}`} />
            {t.status[status]}
          </span>
        </Link>
      ))}
      <Link className="total" href="/gateways?show=attention">
        <strong>{n(total.attention)}</strong>
        {t.overview.attention}
      </Link>
      <PartsBar counts={total} />
    </section>
  );
}

const sortWords = (t: Messages): Record<Sort, string> => ({
  name: t.app.account,
  gateways: t.gateways.title,
  attention: t.overview.attention,
  last: t.overview.last,
});

interface TableProps {
  accounts: AccountStanding[];
  sort: Sort;
  reverse: boolean;
  onSort(sort: Sort): void;
}

function AccountTable({ accounts, sort, reverse, onSort }: TableProps) {
  const t = useText();
  const frame = useRef<HTMLDivElement>(null);
  const { virtual, top, items } = useRows({
    name: 'overview',
    frame,
    count: accounts.length,
    keyOf: (row) => accounts[row].account,
    likelyHeight,
    covered,
  });
  const titles = sortWords(t);
  return (
    <div
      className="table overview-table"
      role="table"
      aria-label={t.app.accounts}
      aria-rowcount={accounts.length + 1}
    >
      <div className="table-group" role="rowgroup">
        <div className="table-row table-head" role="row" aria-rowindex={1}>
          {sorts.map((id) => (
            <span
              key={id}
              role="columnheader"
              className={`cell-${id}`}
              aria-sort={sort !== id ? 'none' : reverse ? 'descending' : 'ascending'}
            >
              <Button
                className="sort-button"
                aria-label={fill(t.list.sortBy, { column: titles[id] })}
                onPress={() => onSort(id)}
              >
                {titles[id]}
                {sort === id && <Icon name={reverse ? 'chevron' : 'up'} />}
              </Button>
            </span>
          ))}
        </div>
      </div>
      <div
        ref={frame}
        role="rowgroup"
        className="table-body"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map((row) => (
          <div
            key={row.key}
            ref={virtual.measureElement}
            data-index={row.index}
            role="presentation"
            className="table-place"
            style={{ transform: `translateY(${row.start - top}px)` }}
          >
            <AccountRow account={accounts[row.index]} row={row.index} />
          </div>
        ))}
      </div>
    </div>
  );
}

function AccountRow({ account: of, row }: { account: AccountStanding; row: number }) {
  const { t, locale } = usePreferences();
  const { account, gateways, last_event_at: last } = of;
  const here = `/accounts/${account}/gateways`;
  const some = statuses.filter((status) => gateways[status] > 0);
  return (
    <div className="table-row" role="row" aria-rowindex={row + 2} data-anchor={account}>
      <span role="rowheader" className="cell-name">
        <Link className="table-name" href={here}>
          {account}
        </Link>
      </span>
      <span role="cell" className="cell-gateways">
        <PartsBar counts={gateways} />
        <span className="part-counts">
          {some.map((status) => (
            <span key={status} title={t.status[status]}>
              <span className={`dot dot-${status}`} />
              <span className="visually-hidden">{t.status[status]}: </span>
              {gateways[status].toLocaleString(locale)}
            </span>
          ))}
          {some.length === 0 && <span className="hint">{t.gateways.count(0)}</span>}
        </span>
      </span>
      <span role="cell" className="cell-attention">
        {gateways.attention > 0 && (
          <Link
            className="pill pill-warning"
            href={`${here}?show=attention`}
            aria-label={fill(t.overview.attentionIn, { account, n: gateways.attention })}
          >
            {gateways.attention.toLocaleString(locale)}
          </Link>
        )}
      </span>
      <span role="cell" className="cell-last">
        {last ? (
          <Time at={last} as="relative" />
        ) : (
          <span className="hint">{t.overview.nothingYet}</span>
        )}
      </span>
    </div>
  );
}
