// A tile: one primary with its secondaries beneath, and what may be done with them.
import { memo, useState } from 'react';
import { Checkbox, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Button as AriaButton } from 'react-aria-components';
import { Link } from 'wouter';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { useWholeOpens } from '../ui/whole';
import type { Act, OpenAct } from './acts';
import { Dot, Silence, SmallDot } from './Dot';
import { Failed } from './Failed';
import { LabelsAndNote } from './Labels';
import type { Select } from './selection';
import { whatItRetires } from './words';
import {
  aging,
  attemptOn,
  hasKey,
  isRegistered,
  isSilent,
  keyTrouble,
  needsAttention,
  type Attempts,
  type Tile as TileData,
} from './view';

interface TileProps {
  tile: TileData;
  attempts: Attempts;
  matches?: ReadonlySet<string>;
  // Says whose it is.
  account?: boolean;
  open: OpenAct;
  select?: Select;
  // The ids of those that are chosen, joined.
  selected: string;
  onLabel?(label: string): void;
}

export const Tile = memo(function Tile(props: TileProps) {
  const { tile, attempts, open, select, selected, onLabel } = props;
  const { primary } = tile;
  const onClick = useWholeOpens(`/gateways/${primary.id}`);
  return (
    <article className="tile" aria-labelledby={`name-${primary.id}`} onClick={onClick}>
      <header className="tile-head">
        <h2 id={`name-${primary.id}`} className="tile-name">
          <Link href={`/gateways/${primary.id}`}>{primary.name}</Link>
        </h2>
        <div className="tile-controls">
          {select && <SelectBox gateway={primary} selected={selected} select={select} />}
          <GatewayMenu gateway={primary} open={open} />
        </div>
      </header>
      {props.account && <span className="hint">{primary.account}</span>}
      <Dot gateway={primary} />
      <FactsLine gateway={primary} />
      <LabelsAndNote gateway={primary} onLabel={onLabel} />
      <State gateway={primary} attempt={attemptOn(primary, attempts)} open={open} small />
      <Secondaries {...props} />
    </article>
  );
});

interface SelectProps {
  gateway: Gateway;
  selected: string;
  select: Select;
  unstopped?: boolean;
}

// `unstopped` is no stop of the Tab key, where the keyboard has another way to it.
export function SelectBox({ gateway, selected, select, unstopped }: SelectProps) {
  const t = useText();
  return (
    <Checkbox
      className="checkbox select-box"
      aria-label={fill(t.many.select, { name: gateway.name })}
      isSelected={selected.includes(gateway.id)}
      excludeFromTabOrder={unstopped}
      onChange={(on) => select([gateway.id], on)}
    >
      <span className="check-box">
        <Icon name="check" />
      </span>
    </Checkbox>
  );
}

// So many are shown as they are; of more, those to look at, and the others on demand.
const fewSecondaries = 2;

function Secondaries({ tile, attempts, matches, open, select, selected }: TileProps) {
  const t = useText();
  const [unfolded, setUnfolded] = useState(false);
  const { primary, secondaries } = tile;
  if (secondaries.length === 0) return null;
  const troubled = (each: Gateway) =>
    each.pending !== null || each.restored || needsAttention(each, attempts);
  const matching = (each: Gateway) => matches?.has(each.id) ?? false;
  const few = secondaries.length <= fewSecondaries;
  const shown =
    few || unfolded ? secondaries : secondaries.filter((s) => troubled(s) || matching(s));
  const folded = secondaries.filter((each) => !shown.includes(each));
  const count = shown.length > 0 ? t.gateways.fold : t.gateways.foldAll;
  const words = unfolded ? t.gateways.foldAgain : count(folded.length);
  return (
    <div className="secondaries">
      {shown.length > 0 && (
        <ul aria-label={t.gateways.secondaries(primary.name)}>
          {shown.map((each) => (
            <li
              key={each.id}
              className={matching(each) ? 'secondary secondary-match' : 'secondary'}
            >
              <div className="secondary-line">
                <SmallDot gateway={each} />
                <h3 className="secondary-name">
                  <Link href={`/gateways/${each.id}`}>{each.name}</Link>
                </h3>
                {matching(each) && <span className="pill pill-accent">{t.gateways.match}</span>}
                <div className="tile-controls">
                  {select && <SelectBox gateway={each} selected={selected} select={select} />}
                  <GatewayMenu gateway={each} open={open} inMenu />
                </div>
              </div>
              <Silence gateway={each} />
              {troubled(each) && (
                <State
                  gateway={each}
                  attempt={attemptOn(each, attempts)}
                  open={open}
                  inMenu
                  small
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {(folded.length > 0 || (unfolded && !few)) && (
        <AriaButton
          className="button button-quiet fold"
          aria-expanded={unfolded}
          aria-label={`${words}: ${primary.name}`}
          onPress={() => setUnfolded(!unfolded)}
        >
          <Icon name="chevron" />
          {words}
          <span className="row" aria-hidden="true">
            {folded.map((each) => (
              <span key={each.id} className={`dot dot-${each.status}`} />
            ))}
          </span>
        </AriaButton>
      )}
    </div>
  );
}

// On a tile, where the dot says the rest.
function FactsLine({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const { version, last_seen_from } = gateway;
  if (!isRegistered(gateway) || !(version || last_seen_from)) return null;
  const facts = [
    [t.gateways.version, version],
    [t.gateways.address, last_seen_from],
  ] as const;
  return (
    <dl className="facts-line">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name} title={name}>
              <dt className="visually-hidden">{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

export function Facts({ gateway }: { gateway: Gateway }) {
  const t = useText();
  if (!isRegistered(gateway)) return null;
  return (
    <dl className="facts">
      <div>
        <dt>{t.gateways.version}</dt>
        <dd>{gateway.version ?? t.gateways.unknown}</dd>
      </div>
      <div>
        <dt>{t.gateways.address}</dt>
        <dd>{gateway.last_seen_from ?? t.gateways.unknown}</dd>
      </div>
      <div>
        <dt>{t.gateways.lastSeen}</dt>
        <dd>
          {gateway.last_seen_at ? (
            <Time at={gateway.last_seen_at} as="relative" />
          ) : (
            t.gateways.never
          )}
        </dd>
      </div>
    </dl>
  );
}

interface StateProps {
  gateway: Gateway;
  // When somebody was last refused with a key or a certificate of it.
  attempt?: string;
  open: OpenAct;
  // The key is in the menu, as a secondary's is.
  inMenu?: boolean;
  // Among many, where no act is the one act of the page.
  small?: boolean;
}

// Why it is as it is, and the next thing to do about it.
export function State({ gateway, attempt, open, inMenu, small }: StateProps) {
  const t = useText();
  const active = hasKey(gateway);
  return (
    <>
      {gateway.status_reason && <WhyRed gateway={gateway} />}
      <Aging gateway={gateway} />
      {attempt && <Attempt gateway={gateway} at={attempt} />}
      {gateway.restored && <p className="reason">{t.restored.tile}</p>}
      {gateway.pending && <Pending gateway={gateway} />}
      {gateway.last_failure && !gateway.pending && (
        <div className="failed">
          <Failed gateway={gateway} />
          {!active && (
            <GenerateButton gateway={gateway} open={open} look={small ? 'plain' : 'primary'} />
          )}
        </div>
      )}
      {!gateway.last_failure && !gateway.pending && !active && !isRegistered(gateway) && (
        <NoKey gateway={gateway} open={open} />
      )}
      {!active && isRegistered(gateway) && keyTrouble(gateway, Date.now()) && (
        <p className="reason">{t.gateways.keyState.replacementExpired}</p>
      )}
      {active && <ActiveKey gateway={gateway} open={open} inMenu={inMenu} small={small} />}
    </>
  );
}

function ActiveKey({ gateway, open, inMenu, small }: Omit<StateProps, 'attempt'>) {
  const t = useText();
  const keys = useMay('keys');
  const replaces = isRegistered(gateway);
  const words = replaces ? t.key.showReplacement : t.key.show;
  const { keyState } = t.gateways;
  const { expires_at } = gateway.registration_key!;
  const shown = keys && !inMenu;
  // The button says already which key it is.
  const beside = shown && small;
  return (
    <div className="key-row">
      {shown && (
        <Button
          look={small ? 'plain' : 'primary'}
          onPress={() => open({ kind: 'key', gateway: gateway.id })}
          aria-label={`${words}: ${gateway.name}`}
        >
          <Icon name="key" />
          {words}
        </Button>
      )}
      <span className="hint">
        <Sentence
          message={beside ? t.list.keyUntil : replaces ? keyState.replacement : keyState.active}
          values={{ time: <Time at={expires_at} as={small ? 'day' : 'absolute'} /> }}
        />
      </span>
      {replaces && !small && <p className="hint">{whatItRetires(t, gateway)}</p>}
    </div>
  );
}

function Attempt({ gateway, at }: { gateway: Gateway; at: string }) {
  const t = useText();
  return (
    <p className="reason reason-red">
      <Sentence message={t.gateways.attempt} values={{ time: <Time at={at} as="relative" /> }} />{' '}
      <Link href={`/gateways/${gateway.id}?kind=refusals`}>{t.gateways.attempts}</Link>
    </p>
  );
}

function WhyRed({ gateway }: { gateway: Gateway }) {
  const t = useText();
  // The dot says that it is silent, and for how long.
  if (isSilent(gateway)) return null;
  const why = gateway.status_reason === 'flapping' ? 'flapping' : 'never';
  return <p className="reason reason-red">{t.gateways.red[why]}</p>;
}

function Aging({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const age = aging(gateway, Date.now());
  if (age === null) return null;
  return (
    <p className="reason">
      <Sentence
        message={t.gateways.aging[age]}
        values={{ time: <Time at={gateway.certificate!.not_after} /> }}
      />
    </p>
  );
}

function Pending({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const { host, redeemed_from, confirm_by } = gateway.pending!;
  const place = host?.hostname ?? redeemed_from;
  return (
    <p className="reason">
      <Sentence
        message={place ? t.gateways.pending : t.gateways.pendingUnknown}
        values={{ host: <strong>{place}</strong>, time: <Time at={confirm_by} as="clock" /> }}
      />
      {isRegistered(gateway) && ` ${t.gateways.pendingReplace}`}
    </p>
  );
}

function NoKey({ gateway, open }: { gateway: Gateway; open: OpenAct }) {
  const t = useText();
  const state = gateway.registration_key?.state;
  return (
    <div className="key-row">
      <GenerateButton gateway={gateway} open={open} look="plain" />
      {state && <span className="hint">{t.gateways.keyState[state]}</span>}
    </div>
  );
}

function GenerateButton(props: { gateway: Gateway; open: OpenAct; look: 'primary' | 'plain' }) {
  const t = useText();
  const { gateway, open, look } = props;
  const manage = useMay('manage');
  const keys = useMay('keys');
  if (!(isRegistered(gateway) ? manage : keys)) return null;
  return (
    <Button
      look={look}
      onPress={() => open({ kind: 'generate', gateway: gateway.id })}
      aria-label={`${t.key.generate}: ${gateway.name}`}
    >
      <Icon name="refresh" />
      {t.key.generate}
    </Button>
  );
}

interface MenuProps {
  gateway: Gateway;
  open: OpenAct;
  inMenu?: boolean;
  unstopped?: boolean;
  // What stands beside the menu.
  without?: string[];
}

// All that this operator may do with a gateway as it is now; nothing that would be refused.
export function GatewayMenu({ gateway, open, inMenu, unstopped, without = [] }: MenuProps) {
  const t = useText();
  const manage = useMay('manage');
  const keys = useMay('keys');
  const id = gateway.id;
  const items: [string, string, Act][] = [];
  if (keys && inMenu && hasKey(gateway)) {
    const words = isRegistered(gateway) ? t.key.showReplacement : t.key.show;
    items.push(['key', words, { kind: 'key', gateway: id }]);
  }
  if (isRegistered(gateway)) {
    if (manage) items.push(['generate', t.replace.action, { kind: 'generate', gateway: id }]);
  } else if (keys) {
    items.push(['generate', t.key.generate, { kind: 'generate', gateway: id }]);
  }
  if (manage) {
    items.push(['rename', t.rename.action, { kind: 'rename', gateway: id }]);
    items.push(['labels', t.labels.action, { kind: 'labels', gateway: id }]);
    if (gateway.primary === null) {
      items.push(['addSecondary', t.gateways.addSecondary, { kind: 'addSecondary', gateway: id }]);
    }
    if (hasKey(gateway)) {
      items.push(['revokeKey', t.key.revoke, { kind: 'revokeKey', gateway: id }]);
    }
    if (gateway.restored) {
      items.push(['accept', t.restored.accept, { kind: 'accept', gateway: id }]);
    }
    if (isRegistered(gateway) || gateway.pending) {
      items.push(['deregister', t.deregister.action, { kind: 'deregister', gateway: id }]);
    }
    items.push(['remove', t.remove.action, { kind: 'remove', gateway: id }]);
  }
  const shown = items.filter(([key]) => !without.includes(key));
  if (shown.length === 0) return null;
  const acts = new Map(shown.map(([key, , act]) => [key, act]));
  return (
    <MenuTrigger>
      <AriaButton
        className="icon-button"
        aria-label={t.gateways.menu(gateway.name)}
        excludeFromTabOrder={unstopped}
      >
        <Icon name="more" />
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Menu className="list-box" onAction={(key) => open(acts.get(String(key))!)}>
          {shown.map(([key, text]) => (
            <MenuItem
              key={key}
              id={key}
              className={
                key === 'remove' || key === 'deregister'
                  ? 'list-item list-item-danger'
                  : 'list-item'
              }
            >
              {text}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
