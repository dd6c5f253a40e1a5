// A tile: one primary with its secondaries beneath, and what may be done with them.
import { memo } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Button as AriaButton } from 'react-aria-components';
import { Link } from 'wouter';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { useMay } from '../session/session';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import type { Act, OpenAct } from './acts';
import { Dot } from './Dot';
import { Failed } from './Failed';
import { whatItRetires } from './words';
import {
  aging,
  attemptOn,
  hasKey,
  isRegistered,
  keyTrouble,
  type Attempts,
  type Tile as TileData,
} from './view';

// The most secondaries of a primary (docs/design.md §1).
const maxSecondaries = 5;

interface TileProps {
  tile: TileData;
  attempts: Attempts;
  matches?: ReadonlySet<string>;
  open: OpenAct;
}

export const Tile = memo(function Tile({ tile, attempts, matches, open }: TileProps) {
  const t = useText();
  const manage = useMay('manage');
  const { primary, secondaries } = tile;
  return (
    <article className="tile" aria-labelledby={`name-${primary.id}`}>
      <header className="tile-head">
        <div className="tile-title">
          <h2 id={`name-${primary.id}`} className="tile-name">
            <Link href={`/gateways/${primary.id}`}>{primary.name}</Link>
          </h2>
          <Dot gateway={primary} />
        </div>
        <GatewayMenu gateway={primary} open={open} />
      </header>
      <Facts gateway={primary} />
      <State gateway={primary} attempt={attemptOn(primary, attempts)} open={open} />
      {secondaries.length > 0 && (
        <ul className="secondaries" aria-label={t.gateways.secondaries(primary.name)}>
          {secondaries.map((secondary) => (
            <li
              key={secondary.id}
              className={matches?.has(secondary.id) ? 'secondary secondary-match' : 'secondary'}
            >
              <div className="tile-head">
                <div className="tile-title">
                  <h3 className="secondary-name">
                    <Link href={`/gateways/${secondary.id}`}>{secondary.name}</Link>
                    {matches?.has(secondary.id) && (
                      <span className="pill pill-accent">{t.gateways.match}</span>
                    )}
                  </h3>
                  <Dot gateway={secondary} />
                </div>
                <GatewayMenu gateway={secondary} open={open} inMenu />
              </div>
              {isRegistered(secondary) && <Facts gateway={secondary} />}
              <State
                gateway={secondary}
                attempt={attemptOn(secondary, attempts)}
                open={open}
                inMenu
              />
            </li>
          ))}
        </ul>
      )}
      {manage && secondaries.length >= maxSecondaries && (
        <p className="hint">{t.gateways.allSecondaries}</p>
      )}
      {manage && secondaries.length < maxSecondaries && (
        <div className="tile-foot">
          <Button
            look="ghost"
            onPress={() => open({ kind: 'addSecondary', gateway: primary.id })}
            aria-label={`${t.gateways.addSecondary}: ${primary.name}`}
          >
            <Icon name="plus" />
            {t.gateways.addSecondary}
          </Button>
        </div>
      )}
    </article>
  );
});

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
}

// Why it is as it is, and the next thing to do about it.
export function State({ gateway, attempt, open, inMenu }: StateProps) {
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
          {!active && <GenerateButton gateway={gateway} open={open} look="primary" />}
        </div>
      )}
      {!gateway.last_failure && !gateway.pending && !active && !isRegistered(gateway) && (
        <NoKey gateway={gateway} open={open} />
      )}
      {!active && isRegistered(gateway) && keyTrouble(gateway, Date.now()) && (
        <p className="reason">{t.gateways.keyState.replacementExpired}</p>
      )}
      {active && <ActiveKey gateway={gateway} open={open} inMenu={inMenu} />}
    </>
  );
}

function ActiveKey({ gateway, open, inMenu }: Omit<StateProps, 'attempt'>) {
  const t = useText();
  const keys = useMay('keys');
  const replaces = isRegistered(gateway);
  const words = replaces ? t.key.showReplacement : t.key.show;
  const { keyState } = t.gateways;
  return (
    <div className="key-row">
      {keys && !inMenu && (
        <Button
          look="primary"
          onPress={() => open({ kind: 'key', gateway: gateway.id })}
          aria-label={`${words}: ${gateway.name}`}
        >
          <Icon name="key" />
          {words}
        </Button>
      )}
      <span className="hint">
        <Sentence
          message={replaces ? keyState.replacement : keyState.active}
          values={{ time: <Time at={gateway.registration_key!.expires_at} /> }}
        />
      </span>
      {replaces && <p className="hint">{whatItRetires(t, gateway)}</p>}
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
  const { last_seen_at: seen, status_reason: reason } = gateway;
  const why = reason === 'flapping' ? 'flapping' : seen ? 'not_seen' : 'never';
  return (
    <p className="reason reason-red">
      <Sentence message={t.gateways.red[why]} values={{ time: seen && <Time at={seen} /> }} />
    </p>
  );
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
  // What stands beside the menu.
  without?: string[];
}

// All that this operator may do with a gateway as it is now; nothing that would be refused.
export function GatewayMenu({ gateway, open, inMenu, without = [] }: MenuProps) {
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
      <AriaButton className="icon-button" aria-label={t.gateways.menu(gateway.name)}>
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
