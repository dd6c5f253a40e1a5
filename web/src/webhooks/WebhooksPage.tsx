// Who is told of events: each receiver's state, its last answer, and what it refused; live.
import { useState } from 'react';
import { api, ask } from '../api/client';
import type { NewWebhook, Webhook } from '../api/types';
import { useAnswer, useNowAndThen } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { PageHead } from '../shell/page';
import { Button, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { RefusalNotice, UnreadNotice, useRequest } from '../ui/window';
import {
  AddWebhookWindow,
  ChangeWebhookWindow,
  RefusedWindow,
  RemoveWebhookWindow,
  ReplayWindow,
  RotateWebhookWindow,
  ShownSecretWindow,
} from './windows';

// Deliveries are no events of the ledger.
const lookEveryMs = 3000;

const kinds = ['add', 'shown', 'change', 'rotate', 'replay', 'refused', 'remove'] as const;
type Kind = (typeof kinds)[number];
type OpenWebhook = (kind: Kind, webhook: Webhook) => void;
const open: OpenWebhook = (kind, webhook) => openWindow(`${kind}.${webhook.id}`);

export function WebhooksPage() {
  const t = useText();
  const owner = useMay('webhooks');
  const { webhooks, refusal, reload } = useWebhooks(owner);
  const act = useOpened(kinds);
  // The secret is in no address, so a reload does not show it again.
  const [made, setMade] = useState<NewWebhook | null>(null);
  const shown = (webhook: NewWebhook) => {
    setMade(webhook);
    openWindow('shown');
    reload();
  };
  return (
    <>
      <PageHead title={t.webhooks.title} lead={owner ? t.webhooks.lead : t.webhooks.notOwner}>
        {owner && (
          <Button look="primary" onPress={() => openWindow('add')}>
            <Icon name="plus" />
            {t.webhooks.add}
          </Button>
        )}
      </PageHead>
      <UnreadNotice refusal={refusal} again={reload} />
      {webhooks?.length === 0 && (
        <div className="empty">
          <p>{t.webhooks.none}</p>
          <p className="hint">{t.webhooks.noneHint}</p>
        </div>
      )}
      {webhooks && webhooks.length > 0 && (
        <ul className="rows">
          {webhooks.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} onTested={reload} />
          ))}
        </ul>
      )}
      {act?.kind === 'add' && owner && <AddWebhookWindow onShown={shown} onClose={closeWindow} />}
      {act?.kind === 'shown' && made && <ShownSecretWindow webhook={made} onClose={closeWindow} />}
      {act && (
        <AboutWindow
          kind={act.kind}
          webhook={webhooks?.find((webhook) => webhook.id === act.id)}
          onShown={shown}
          onDone={reload}
        />
      )}
    </>
  );
}

interface AboutProps {
  kind: Kind;
  webhook: Webhook | undefined;
  onShown(webhook: NewWebhook): void;
  onDone(): void;
}

// The window that is about one of the webhooks.
function AboutWindow({ kind, webhook, onShown, onDone }: AboutProps) {
  if (!webhook) return null;
  const common = { webhook, onDone, onClose: closeWindow };
  switch (kind) {
    case 'change':
      return <ChangeWebhookWindow {...common} />;
    case 'rotate':
      return <RotateWebhookWindow webhook={webhook} onShown={onShown} onClose={closeWindow} />;
    case 'replay':
      return <ReplayWindow {...common} />;
    case 'refused':
      return (
        <RefusedWindow
          webhook={webhook}
          onReplay={() => open('replay', webhook)}
          onClose={closeWindow}
        />
      );
    case 'remove':
      return <RemoveWebhookWindow {...common} />;
    default:
      return null;
  }
}

const readWebhooks = () => ask(api.GET('/v1/webhooks'));
const readNothing = () => Promise.resolve(null);

function useWebhooks(owner: boolean) {
  const { answer, refusal, reload } = useAnswer(owner ? readWebhooks : readNothing);
  useNowAndThen(reload, lookEveryMs, owner);
  return { webhooks: answer?.webhooks, refusal, reload };
}

const tones = {
  active: 'pill pill-good',
  failing: 'pill pill-warning',
  paused: 'pill pill-danger',
  needs_rotation: 'pill pill-danger',
};

interface RowProps {
  webhook: Webhook;
  onTested(): void;
}

function WebhookRow({ webhook, onTested }: RowProps) {
  const t = useText();
  const { url, state, last_attempt: last } = webhook;
  const act = (kind: Kind) => () => open(kind, webhook);
  const name = url ?? webhook.id;
  return (
    <li className="row-card" aria-label={name}>
      <div className="grow stack-tight">
        <div className="row">
          <span className="row-name row-url">{name}</span>
          {state && <span className={tones[state]}>{t.webhooks.state[state]}</span>}
        </div>
        {state && state !== 'active' && <Why webhook={webhook} state={state} />}
        <dl className="facts">
          <div>
            <dt>{t.webhooks.accounts}</dt>
            <dd>{webhook.accounts?.join(', ') ?? t.history.fact.allAccounts}</dd>
          </div>
          <div>
            <dt>{t.webhooks.types}</dt>
            <dd title={webhook.types.join(', ')}>
              {webhook.types.length > 3
                ? t.webhooks.eventCount(webhook.types.length)
                : webhook.types.join(', ')}
            </dd>
          </div>
          <div>
            <dt>{t.webhooks.delivered}</dt>
            <dd>
              {webhook.delivered_at ? (
                <Time at={webhook.delivered_at} as="relative" />
              ) : (
                t.webhooks.never
              )}
            </dd>
          </div>
          {last && (
            <div>
              <dt>{t.webhooks.lastAnswer}</dt>
              <dd>{last.detail ?? last.status}</dd>
            </div>
          )}
        </dl>
        <TestButton webhook={webhook} name={name} onTested={onTested} />
      </div>
      <div className="row">
        <Button look="ghost" onPress={act('refused')} aria-label={`${t.webhooks.replay}: ${name}`}>
          {t.webhooks.replay}
        </Button>
        <Button look="ghost" onPress={act('change')} aria-label={`${t.webhooks.change}: ${name}`}>
          {t.webhooks.change}
        </Button>
        <Button look="ghost" onPress={act('rotate')} aria-label={`${t.webhooks.rotate}: ${name}`}>
          {t.webhooks.rotate}
        </Button>
        <Button look="danger" onPress={act('remove')} aria-label={`${t.webhooks.remove}: ${name}`}>
          {t.webhooks.remove}
        </Button>
      </div>
    </li>
  );
}

interface WhyProps {
  webhook: Webhook;
  state: 'failing' | 'paused' | 'needs_rotation';
}

function Why({ webhook, state }: WhyProps) {
  const t = useText();
  const { failing_since: since, next_attempt_at: next } = webhook;
  return (
    <p className="reason">
      <Sentence
        message={t.webhooks.stateHint[state]}
        values={{
          since: since && <Time at={since} />,
          next: next && <Time at={next} as="clock" />,
        }}
      />
    </p>
  );
}

interface TestProps {
  webhook: Webhook;
  name: string;
  onTested(): void;
}

function TestButton({ webhook, name, onTested }: TestProps) {
  const t = useText();
  const { busy, refusal, run } = useRequest();
  const [result, setResult] = useState<{ good: boolean; words: string } | null>(null);
  const test = () =>
    run(async () => {
      setResult(null);
      const params = { path: { webhook: webhook.id } };
      const answer = await ask(api.POST('/v1/webhooks/{webhook}/test', { params }));
      const { delivered, status, milliseconds } = answer;
      setResult({
        good: delivered,
        words: answer.detail ?? fill(t.webhooks.testTaken, { status: status!, ms: milliseconds }),
      });
      onTested();
    });
  return (
    <div className="row">
      <Button onPress={test} isPending={busy} aria-label={`${t.webhooks.test}: ${name}`}>
        {t.webhooks.test}
      </Button>
      <div role="status" className="grow">
        {result && <Notice tone={result.good ? 'success' : 'danger'}>{result.words}</Notice>}
      </div>
      <RefusalNotice refusal={refusal} />
    </div>
  );
}
