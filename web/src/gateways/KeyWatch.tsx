// How far a key has come, what to check when nothing comes, and what has become of it.
import { useState } from 'react';
import { Link } from 'wouter';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useSession } from '../session/session';
import { CopyButton, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Sentence } from '../ui/sentence';
import { Time, useSecond } from '../ui/time';
import { Reported } from './Failed';
import type { KnownKey } from './knownKey';
import { agentCommand } from './recipes';
import type { Stage } from './stage';
import { failureReason } from './words';

interface Props {
  gateway: Gateway;
  shown: KnownKey;
  stage: Stage;
}

// After this long it is likely that something is wrong.
const slowMs = 5 * 60_000;

export function Watch({ gateway, shown, stage }: Props) {
  const t = useText();
  const [since] = useState(() => Date.now());
  const waiting = stage === 'waiting';
  const slow = useSecond() - since >= slowMs && waiting;
  return (
    <>
      <Stepper gateway={gateway} shown={shown} stage={stage} />
      <div role="status" className="watch-words">
        {waiting && <p className="hint">{t.key.waiting}</p>}
        {slow && <Checks />}
      </div>
    </>
  );
}

type Place = 'done' | 'now' | 'later' | 'bad';

function Stepper({ gateway, shown, stage }: Props) {
  const t = useText();
  const { issued, redeemed, green } = t.path.steps;
  const facts = gateway.registration_key;
  const current = facts?.generation === shown.generation ? facts : null;
  const spent = stage === 'redeemed' || stage === 'confirmed' || stage === 'failed';
  const host = spent ? hostOf(gateway) : null;
  const places: Record<Stage, [Place, Place]> = {
    waiting: ['now', 'later'],
    redeemed: ['done', 'now'],
    confirmed: ['done', 'done'],
    failed: ['done', 'bad'],
    ended: ['bad', 'later'],
  };
  const [second, third] = places[stage];
  const steps: [Place, string, React.ReactNode][] = [
    ['done', issued, current && <Time at={current.issued_at} as="relative" />],
    [second, redeemed, host && fill(t.path.byHost, { host })],
    [third, green, null],
  ];
  return (
    <ol className="stepper">
      {steps.map(([place, name, more]) => (
        <li
          key={name}
          className={`stepper-step stepper-${place}`}
          aria-current={place === 'now' ? 'step' : undefined}
        >
          <span className="stepper-mark" aria-hidden="true">
            {place === 'done' && <Icon name="check" />}
            {place === 'bad' && '×'}
          </span>
          <span className="stepper-words">
            {name}
            {more && <span className="hint">{more}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

const hostOf = ({ pending, host, registration_key: key }: Gateway) =>
  (pending
    ? (pending.host?.hostname ?? pending.redeemed_from)
    : (host?.hostname ?? key?.redeemed_from)) ?? null;

function Checks() {
  const t = useText();
  const session = useSession();
  const host = session.gateways_url?.replace('https://', '') ?? '';
  return (
    <Notice tone="info">
      <p>{t.path.slow}</p>
      <ul className="checks-list">
        {t.path.checks.map((check) => (
          <li key={check}>{fill(check, { host })}</li>
        ))}
      </ul>
    </Notice>
  );
}

export function Outcome({ gateway, shown, stage }: Props) {
  const t = useText();
  switch (stage) {
    case 'waiting':
      return null;
    case 'redeemed':
      return <Redeemed gateway={gateway} />;
    case 'confirmed':
      return <Green gateway={gateway} />;
    case 'failed':
      return (
        <Notice tone="danger" alert>
          <strong>{failureReason(t, gateway.last_failure!)}</strong>
          <Reported failure={gateway.last_failure!} />
        </Notice>
      );
    case 'ended': {
      const state = gateway.registration_key?.state ?? 'superseded';
      const newer = gateway.registration_key!.generation > shown.generation;
      const words = t.keyWords[newer ? 'superseded' : state];
      return (
        <div role="status">
          <Notice tone="warning">{fill(t.key.ended, { state: words })}</Notice>
        </div>
      );
    }
  }
}

function Redeemed({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const { confirm_by } = gateway.pending!;
  return (
    <div className="outcome" role="status">
      <span className="outcome-mark outcome-wait" aria-hidden="true" />
      <h3>{fill(t.path.redeemedTitle, { host: hostOf(gateway) ?? t.gateways.unknown })}</h3>
      <p className="lead">
        <Sentence
          message={t.path.redeemedHint}
          values={{ time: <Time at={confirm_by} as="clock" /> }}
        />
      </p>
    </div>
  );
}

function Green({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const { version } = gateway;
  const host = hostOf(gateway);
  const where = [
    host && fill(t.path.greenOn, { host }),
    version && fill(t.path.greenVersion, { version }),
  ].filter(Boolean);
  return (
    <div className="outcome">
      <div role="status" className="outcome">
        <span className="outcome-mark outcome-green" aria-hidden="true">
          <Icon name="check" />
        </span>
        <h3>{fill(t.path.greenTitle, { name: gateway.name })}</h3>
        {where.length > 0 && <p>{where.join(', ')}</p>}
        <p className="lead">{t.key.confirmed}</p>
      </div>
      <div className="outcome-next">
        <p className="hint">{t.path.stays}</p>
        <div className="command-box">
          <pre className="command">{agentCommand}</pre>
          <CopyButton text={agentCommand} label={t.key.copyCommand} look="icon" />
        </div>
        <Link className="button button-ghost" href={`/gateways/${gateway.id}`}>
          {t.path.toGateway}
        </Link>
      </div>
    </div>
  );
}
