// Events as a timeline, day by day, in sentences; each with its proof.
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
import { useNames } from './names';
import { kindOfType, type Kind } from './types';
import type { History } from './useHistory';
import { detailsOf, sentenceOf, type Part } from './words';

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
}

export function Timeline({ history, older, again, marked }: Props) {
  const { t, locale } = usePreferences();
  const now = useNow();
  const request = useRequest();
  const proving = useOpened(kinds);
  const days = new Map<string, Fact[]>();
  for (const fact of history.facts) {
    const name = day(fact.time, now, locale, [t.history.today, t.history.yesterday]);
    days.set(name, [...(days.get(name) ?? []), fact]);
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
          <p>{t.history.empty}</p>
        </div>
      )}
      {[...days].map(([name, facts]) => (
        <section key={name} className="day">
          <h2 className="day-name">{name}</h2>
          <ol className="timeline">
            {facts.map((fact) => (
              <TimelineEntry
                key={fact.sequence}
                fact={fact}
                marked={fact.sequence === marked}
                onProof={() => openWindow(`proof.${fact.sequence}`)}
              />
            ))}
          </ol>
        </section>
      ))}
      {history.next && (
        <div className="row-center">
          <Button isPending={request.busy} onPress={() => request.run(older)}>
            {t.history.older}
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
  fact: Fact;
  marked: boolean;
  onProof(): void;
}

function TimelineEntry({ fact, marked, onProof }: EntryProps) {
  const { t } = usePreferences();
  const sentence = sentenceOf(fact, t);
  const values = Object.fromEntries(
    Object.entries(sentence.values).map(([name, part]) => [name, <PartView part={part} />]),
  );
  const details = detailsOf(fact, t);
  return (
    <li
      className={`entry entry-${toneOf(fact.type)}${marked ? ' entry-marked' : ''}`}
      data-anchor={fact.sequence}
    >
      <span className="entry-icon">
        <Icon name={icons[kindOfType(fact.type)]} />
      </span>
      <div className="entry-body">
        <p className="entry-words">
          <Sentence message={sentence.message} values={values} />
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
      </div>
      <div className="entry-side">
        <Time at={fact.time} as="clock" />
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
            onPress={onProof}
            aria-label={fill(t.proof.of, { n: fact.sequence })}
          >
            {t.proof.action}
          </Button>
        </div>
      </div>
    </li>
  );
}

function PartView({ part }: { part: Part }) {
  const nameOf = useNames();
  if (typeof part !== 'object') return <strong>{part}</strong>;
  if ('gateway' in part) {
    if (part.gateway === '') return null;
    const name = part.name ?? nameOf(part.gateway) ?? part.gateway;
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
