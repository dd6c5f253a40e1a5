// What of many gateways is shown, and how: all of it stands in the address.
import {
  Input,
  Label,
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  SearchField,
  ToggleButton,
  ToggleButtonGroup,
} from 'react-aria-components';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Choice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { PartsBar } from '../ui/parts';
import { useQuery } from '../ui/query';
import { sorts, type Filter, type Sort } from './view';

const filters: Filter[] = ['green', 'red', 'gray', 'attention'];
const views = ['tiles', 'table'] as const;
export type View = (typeof views)[number];
const viewIcons = { tiles: 'grid', table: 'list' } as const;

const oneOf = <T extends string>(allowed: readonly T[], value: string | null): T | undefined =>
  allowed.find((each) => each === value);

export function useShown() {
  const [query, setQuery] = useQuery();
  const wanted = query.get('sort') ?? '';
  const reverse = wanted.startsWith('-');
  const sort = oneOf(sorts, reverse ? wanted.slice(1) : wanted) ?? 'name';
  const labels = query.getAll('label');
  const view =
    oneOf(views, query.get('view')) ?? oneOf(views, localStorage.getItem('view')) ?? 'tiles';
  const order = (to: Sort, from = false) =>
    setQuery({ sort: to === 'name' && !from ? null : `${from ? '-' : ''}${to}` });
  return {
    show: oneOf(filters, query.get('show')) ?? ('all' as const),
    sort,
    reverse,
    labels,
    view,
    setShow: (filter: Filter) => setQuery({ show: filter === 'all' ? null : filter }),
    order,
    // Once more is the other way round.
    orderBy: (to: Sort) => order(to, to === sort && !reverse),
    clear: () => setQuery({ show: null, label: null }),
    setLabels: (label: string[]) => setQuery({ label }),
    setView: (to: View) => {
      localStorage.setItem('view', to);
      setQuery({ view: to });
    },
  };
}
export type Shown = ReturnType<typeof useShown>;

interface Props {
  shown: Shown;
  counts: Record<Filter, number>;
  labels: [string, number][];
  text: string;
  search(value: string): void;
  accounts: boolean;
}

export function Toolbar({ shown, counts, labels, text, search, accounts }: Props) {
  const t = useText();
  const { sort, reverse, order, view, setView } = shown;
  const offered = sorts.filter((each) => each !== 'account' || accounts);
  return (
    <div className="toolbar">
      <SearchField className="search" value={text} onChange={search}>
        <Label className="visually-hidden">{t.gateways.search}</Label>
        <Icon name="search" />
        <Input className="input" placeholder={t.gateways.searchHint} />
      </SearchField>
      <Parts shown={shown} counts={counts} />
      <div className="toolbar-end">
        {(labels.length > 0 || shown.labels.length > 0) && (
          <LabelMenu shown={shown} labels={labels} />
        )}
        <div className={view === 'table' ? 'sort-choice sort-by-head' : 'sort-choice'}>
          <Choice
            inline
            label={t.gateways.sort}
            value={sort}
            options={offered.map((each) => [each, t.gateways.sorts[each]] as const)}
            onChange={(to) => order(to, to === sort && reverse)}
          />
        </div>
        <ToggleButtonGroup
          className="views"
          aria-label={t.list.view}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[view]}
          onSelectionChange={([key]) => setView(key as View)}
        >
          {views.map((each) => (
            <ToggleButton
              key={each}
              id={each}
              className="icon-button"
              aria-label={t.list.views[each]}
            >
              <Icon name={viewIcons[each]} />
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </div>
      {shown.labels.length > 0 && <ChosenLabels shown={shown} />}
    </div>
  );
}

// One bar for all; what there is none of is not offered.
function Parts({ shown, counts }: Pick<Props, 'shown' | 'counts'>) {
  const { t, locale } = usePreferences();
  const { show, setShow } = shown;
  const press = (filter: Filter) => setShow(filter === show ? 'all' : filter);
  return (
    <div className="parts">
      <ToggleButtonGroup
        className="parts-words"
        aria-label={t.gateways.filter}
        selectionMode="multiple"
        selectedKeys={[show]}
        onSelectionChange={(keys) => {
          const pressed = [...keys].find((key) => key !== show) ?? 'all';
          press((keys.size === 0 ? show : pressed) as Filter);
        }}
      >
        {filters
          .filter((filter) => counts[filter] > 0 || filter === show)
          .map((filter) => (
            <ToggleButton key={filter} id={filter} className="part-words">
              {filter === 'attention' ? (
                <Icon name="warning" />
              ) : (
                <span className={`dot dot-${filter}`} />
              )}
              {filter === 'attention' || filter === 'all' ? t.gateways.attention : t.status[filter]}{' '}
              <span className="count">{counts[filter].toLocaleString(locale)}</span>
            </ToggleButton>
          ))}
      </ToggleButtonGroup>
      <PartsBar
        counts={counts}
        shown={show === 'all' || show === 'attention' ? null : show}
        onPress={press}
      />
    </div>
  );
}

function LabelMenu({ shown, labels }: Pick<Props, 'shown' | 'labels'>) {
  const { t, locale } = usePreferences();
  return (
    <MenuTrigger>
      <AriaButton className="button button-plain">
        <Icon name="tag" />
        {t.labels.title}
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="list-box"
          selectionMode="multiple"
          selectedKeys={shown.labels}
          onSelectionChange={(keys) => {
            if (keys !== 'all') shown.setLabels([...keys].map(String));
          }}
        >
          {labels.map(([label, count]) => (
            <MenuItem
              key={label}
              id={label}
              textValue={label}
              className="list-item list-check list-count"
            >
              <span>{label.replace(':', ': ')}</span>
              <span className="count">{count.toLocaleString(locale)}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function ChosenLabels({ shown }: Pick<Props, 'shown'>) {
  const t = useText();
  return (
    <div className="chips" role="group" aria-label={t.labels.title}>
      {shown.labels.map((label) => (
        <AriaButton
          key={label}
          className="chip"
          aria-label={fill(t.labels.without, { label: label.replace(':', ': ') })}
          onPress={() => shown.setLabels(shown.labels.filter((each) => each !== label))}
        >
          {label.replace(':', ': ')}
          <Icon name="close" />
        </AriaButton>
      ))}
    </div>
  );
}
