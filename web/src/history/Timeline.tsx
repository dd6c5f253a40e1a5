// Events as a timeline, day by day, in sentences; each with its proof.
import { memo, useMemo } from 'react';
import { Link } from 'wouter';
import type { EventType, Fact } from '../api/types';
import { usePreferences } from '../i18n/context';
import { fill } from '../i18n/text';
import { day } from '../i18n/time';
import { ProofWindow } from '../proof/ProofWindow';
import { useSession } from '../session/session';
import { Button } from '../ui/controls';
import { Icon, type IconName } from '../ui/icons';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { Sentence } from '../ui/sentence';
import { Time, useNow } from '../ui/time';
import { UnreadNotice, useRequest } from '../ui/window';
import { groupsOf, type Group } from './groups';
import { useNames } from './names';
import { kindOfType, type Kind } from './types';
import type { History } from './useHistory';
import { detailsOf, messageOf, sentenceOf, type Part } from './words';

const kinds = ['proof'] as const;
const icons: Record<Exclude<Kind, 'all'>, IconName> = {
  keys: 'key',
  installations: 'shield',
  connection: 'plug',
  messages: 'message',
  gateways: 'grid',
  refusals: 'warning',
  tokens: 'user',
};

const bad: EventType[] = ['InstallationFailed', 'RedemptionRefused', 'RegistrationAbandoned'];
const good: EventType[] = ['RegistrationConfirmed', 'GatewayConnected'];

function toneOf(type: EventType): string {
  if (bad.includes(type) || type === 'GatewayDisconnected') return 'bad';
  return good.includes(type) ? 'good' : 'plain';
}

interface Props {
  history: History;
  older(): Promise<void>;
  again(): void;
  // The event the address points to.
  marked?: number;
  // The gateway on whose page it stands.
  within?: string;
}

export function Timeline({ history, older, again, marked, within }: Props) {
  const { t, locale } = usePreferences();
  const now = useNow();
  const request = useRequest();
  const proving = useOpened(kinds);
  const groups = useMemo(() => groupsOf(history.facts), [history.facts]);
  const days = new Map<string, Group[]>();
  for (const group of groups) {
    const name = day(group.head.time, now, locale, [t.history.today, t.history.yesterday]);
    const those = days.get(name);
    if (those) those.push(group);
    else days.set(name, [group]);
  }
  return (
    <>
      <UnreadNotice
        refusal={history.refusal ?? request.refusal}
        again={history.refusal ? again : () => void request.run(older)}
        byHand={!history.refusal}
      />
      {!history.loaded && <p className="lead">{t.app.loading}</p>}
      {history.loaded && history.facts.length === 0 && !history.refusal && (
        <div className="empty">
          <Icon name="clock" />
          <p>{history.soughtTo ? t.find.notYet : t.history.empty}</p>
        </div>
      )}
      {[...days].map(([name, those]) => (
        <section key={name} className="day">
          <h2 className="day-name">{name}</h2>
          <ol className="timeline">
            {those.map((group) => (
              <TimelineEntry
                key={group.head.sequence}
                group={group}
                marked={marked}
                within={within}
              />
            ))}
          </ol>
        </section>
      ))}
      {history.next && (
        <div className="row-center">
          {history.soughtTo && (
            <span className="hint">
              <Sentence
                message={t.find.soughtTo}
                values={{ time: <Time at={history.soughtTo} /> }}
              />
            </span>
          )}
          <Button isPending={request.busy} onPress={() => request.run(older)}>
            {history.soughtTo ? t.find.further : t.history.older}
          </Button>
        </div>
      )}
      {history.loaded && !history.next && history.facts.length > 0 && (
        <p className="hint row-center">{t.history.end}</p>
      )}
      {proving && /^\d+$/.test(proving.id) && (
        <ProofWindow sequence={Number(proving.id)} onClose={closeWindow} />
      )}
    </>
  );
}

interface EntryProps {
  group: Group;
  marked?: number;
  within?: string;
}

const TimelineEntry = memo(function TimelineEntry({ group, marked, within }: EntryProps) {
  const { head, others } = group;
  const isMarked = [head, ...others].some(({ sequence }) => sequence === marked);
  const refused = kindOfType(head.type) === 'refusals' ? ' entry-refused' : '';
  return (
    <li
      className={`entry entry-${toneOf(head.type)}${refused}${isMarked ? ' entry-marked' : ''}`}
      data-anchor={head.sequence}
    >
      <span className="entry-icon">
        <Icon name={icons[kindOfType(head.type)]} />
      </span>
      <div className="entry-body">
        <Words fact={head} within={within} />
        {others.length > 0 && (
          <ul className="entry-others">
            {others.map((fact) => (
              <li key={fact.sequence}>
                <Words fact={fact} within={fact.gateway ?? undefined} after={head} />
                <References fact={fact} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="entry-side">
        <Time at={head.time} as="clock" />
        <References fact={head} />
      </div>
    </li>
  );
});

interface WordsProps {
  fact: Fact;
  within?: string;
  // What stands above it and has said some of this.
  after?: Fact;
}

function Words({ fact, within, after }: WordsProps) {
  const { t } = usePreferences();
  const { operator } = useSession();
  const { message, values } = sentenceOf(fact, t, within);
  const parts = Object.fromEntries(
    Object.entries(values).map(([name, part]) => [name, <PartView part={part} within={within} />]),
  );
  const said = after ? detailsOf(after, t).map((detail) => JSON.stringify(detail)) : [];
  const details = detailsOf(fact, t).filter((detail) => !said.includes(JSON.stringify(detail)));
  return (
    <>
      <p className="entry-words">
        <Sentence message={messageOf(message, fact, operator.id, t)} values={parts} />
      </p>
      {details.length > 0 && (
        <dl className="entry-details">
          {details.map((detail) => (
            <div key={detail.label}>
              <dt>{detail.label}</dt>
              <dd>{'time' in detail ? <Time at={detail.time} /> : detail.text}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

// The number of an event and its proof, for whoever points at the row or comes to it by keyboard.
function References({ fact }: { fact: Fact }) {
  const { t } = usePreferences();
  return (
    <div className="entry-refs">
      <a
        className="entry-link"
        href={`?event=${fact.sequence}`}
        title={fact.request_id ? `${t.history.fact.request} ${fact.request_id}` : undefined}
        aria-label={`${t.history.link} ${fact.sequence}`}
      >
        {fill(t.history.sequence, { n: fact.sequence })}
      </a>
      <Button
        look="quiet"
        onPress={() => openWindow(`proof.${fact.sequence}`)}
        aria-label={fill(t.proof.of, { n: fact.sequence })}
      >
        {t.proof.action}
      </Button>
    </div>
  );
}

function PartView({ part, within }: { part: Part; within?: string }) {
  const nameOf = useNames();
  if (typeof part !== 'object') return <strong>{part}</strong>;
  if ('gateway' in part) {
    if (part.gateway === '') return null;
    const name = part.name ?? nameOf(part.gateway) ?? part.gateway;
    if (part.gateway === within) return <strong>{name}</strong>;
    return <Link href={`/gateways/${part.gateway}`}>{name}</Link>;
  }
  if ('token' in part) return <strong>{nameOf(part.token) ?? part.token}</strong>;
  return (
    <strong>
      <ActorName actor={part.actor} />
    </strong>
  );
}

export function ActorName({ actor }: { actor: string }) {
  const { t } = usePreferences();
  const nameOf = useNames();
  const { operator } = useSession();
  const colon = actor.indexOf(':');
  const kind = colon < 0 ? actor : actor.slice(0, colon);
  const rest = actor.slice(colon + 1);
  switch (kind) {
    case 'system':
      return t.history.system;
    case 'token':
    case 'person':
      return rest === operator.id ? t.history.you : (nameOf(rest) ?? rest);
    case 'certificate':
      return t.history.gatewayActor;
    case 'address':
      return rest === 'erased' ? t.history.erased : fill(t.history.stranger, { address: rest });
    default:
      return actor;
  }
}
