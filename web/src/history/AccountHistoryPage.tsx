// The history of an account; its filters stand in the address, so that it can be linked.
import { parseDate } from '@internationalized/date';
import { useEffect, useMemo, useState } from 'react';
import { DateField, DateInput, DateSegment, Input, Label } from 'react-aria-components';
import { SearchField, type DateValue } from 'react-aria-components';
import { useAccounts } from '../accounts/accounts';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useSession } from '../session/session';
import { NotFound, PageHead, isNothing } from '../shell/page';
import { Button, Choice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { later } from '../ui/later';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { useQuery } from '../ui/query';
import { TellWindow } from '../ui/window';
import { Timeline } from './Timeline';
import { useNames } from './names';
import { useSeek, type Seek } from './seek';
import { typesOf, type Kind } from './types';
import { useHistory, type HistoryFilter } from './useHistory';

const ExportBody = later(() => import('./Export'));
const exportKinds = ['export'] as const;
const clearable = ['text', 'since', 'until', 'kind', 'actor', 'gateway'];

const kinds: Kind[] = [
  'all',
  'keys',
  'installations',
  'connection',
  'messages',
  'gateways',
  'refusals',
];

export function AccountHistoryPage({ account }: { account: string }) {
  const t = useText();
  const [query] = useQuery();
  const filter = useFilter({ account, gateway: query.get('gateway') ?? undefined });
  const seek = useSeek(filter.text ?? '', account);
  const { history, older, again } = useHistory(filter, seek);
  const { accounts } = useAccounts();
  // An account has at least the event that opened it.
  const unknown = accounts !== null && !accounts.some((each) => each.account === account);
  const empty = history.loaded && history.facts.length === 0 && !history.refusal?.passes;
  if (isNothing(history.refusal) || (unknown && empty)) return <NotFound />;
  return (
    <>
      <PageHead
        title={t.history.title}
        of={account}
        lead={fill(t.history.of, { name: account })}
        liveness={history}
      />
      <HistoryFilters base={filter} seek={seek} />
      <Timeline
        history={history}
        older={older}
        again={again}
        marked={Number(query.get('event') ?? NaN)}
      />
    </>
  );
}

// What the address asks for, added to `base`. Days are the reader's; the last one is included.
export function useFilter(base: HistoryFilter): HistoryFilter {
  const [query] = useQuery();
  const kind = kinds.find((each) => each === query.get('kind')) ?? 'all';
  const since = query.get('since');
  const until = query.get('until');
  const actor = query.get('actor') ?? undefined;
  const text = query.get('text') ?? undefined;
  const key = JSON.stringify(base);
  return useMemo(
    () => ({
      ...(JSON.parse(key) as HistoryFilter),
      types: typesOf(kind),
      actor,
      text,
      since: since ? localDay(since, 0) : undefined,
      until: until ? localDay(until, 1) : undefined,
    }),
    [key, kind, actor, text, since, until],
  );
}

function localDay(day: string, plus: number): string | undefined {
  const [year, month, date] = day.split('-').map(Number);
  const local = new Date(year, month - 1, date + plus);
  return Number.isNaN(local.getTime()) ? undefined : local.toISOString();
}

interface FiltersProps {
  // What is shown, to be exported as it is.
  base: HistoryFilter;
  seek?: Seek;
}

export function HistoryFilters({ base, seek }: FiltersProps) {
  const t = useText();
  const session = useSession();
  const nameOf = useNames();
  const [query, setQuery] = useQuery();
  const gateway = query.get('gateway');
  const actor = query.get('actor');
  const mine = `${session.operator.kind}:${session.operator.id}`;
  const [actors] = useState(() => (actor && actor !== mine ? [actor] : []));
  const exporting = useOpened(exportKinds);
  const any = clearable.some((name) => query.has(name));
  return (
    <div className="toolbar" role="group" aria-label={t.history.filter}>
      <SearchText />
      <Choice
        inline
        label={t.history.kind}
        value={(query.get('kind') ?? 'all') as Kind}
        options={kinds.map((kind) => [kind, t.history.kinds[kind]] as const)}
        onChange={(kind) => setQuery({ kind: kind === 'all' ? null : kind })}
      />
      <Choice
        inline
        label={t.history.actor}
        value={actor ?? 'all'}
        options={[
          ['all', t.history.anyone],
          [mine, t.history.you],
          ['system', t.history.system],
          ...actors.map((each) => [each, nameOf(each.split(':')[1]) ?? each] as const),
        ]}
        onChange={(who) => setQuery({ actor: who === 'all' ? null : who })}
      />
      <DayField name="since" label={t.history.since} />
      <DayField name="until" label={t.history.until} />
      {gateway && (
        <span className="pill">
          {fill(t.history.anyGateway, { name: nameOf(gateway) ?? gateway })}
        </span>
      )}
      {any && (
        <Button
          look="ghost"
          onPress={() => setQuery(Object.fromEntries(clearable.map((name) => [name, null])))}
        >
          {t.action.clear}
        </Button>
      )}
      <Button look="ghost" onPress={() => openWindow('export')}>
        {t.find.export}
      </Button>
      {exporting && (
        <TellWindow title={t.find.exportTitle} onClose={closeWindow}>
          <ExportBody filter={base} seek={seek} />
        </TellWindow>
      )}
    </div>
  );
}

// How long a search waits for the next letter before it reads.
const letterMs = 300;

function SearchText() {
  const t = useText();
  const [query, setQuery] = useQuery();
  const inAddress = query.get('text') ?? '';
  const [text, setText] = useState(inAddress);
  // What cleared it elsewhere clears it here.
  const [seen, setSeen] = useState(inAddress);
  if (seen !== inAddress) {
    setSeen(inAddress);
    setText(inAddress);
  }
  useEffect(() => {
    if (text === inAddress) return;
    const timer = window.setTimeout(() => setQuery({ text: text || null }), letterMs);
    return () => window.clearTimeout(timer);
  }, [text, inAddress, setQuery]);
  return (
    <SearchField className="search" value={text} onChange={setText}>
      <Label className="visually-hidden">{t.find.history}</Label>
      <Icon name="search" />
      <Input className="input" placeholder={t.find.historyHint} />
    </SearchField>
  );
}

// In the order and the words of the console's language, which the browser's own date field does not know.
function DayField({ name, label }: { name: 'since' | 'until'; label: string }) {
  const [query, setQuery] = useQuery();
  return (
    <DateField
      className="field field-inline"
      value={dayOf(query.get(name))}
      onChange={(value: DateValue | null) => setQuery({ [name]: value?.toString() ?? null })}
    >
      <Label className="label">{label}</Label>
      <DateInput className="input date">
        {(segment) => <DateSegment segment={segment} className="date-part" />}
      </DateInput>
    </DateField>
  );
}

function dayOf(text: string | null): DateValue | null {
  try {
    return text ? parseDate(text) : null;
  } catch {
    return null;
  }
}
