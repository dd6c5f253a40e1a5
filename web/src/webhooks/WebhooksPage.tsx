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
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { RefusalNotice, useRequest } from '../ui/window';
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

type Act =
  | { kind: 'add' }
  | { kind: 'shown'; webhook: NewWebhook }
  | { kind: 'change' | 'rotate' | 'replay' | 'refused' | 'remove'; webhook: Webhook };

export function WebhooksPage() {
  const t = useText();
  const owner = useMay('webhooks');
  const { webhooks, refusal, reload } = useWebhooks(owner);
  const [act, setAct] = useState<Act | null>(null);
  const close = () => setAct(null);
  const shown = (webhook: NewWebhook) => {
    setAct({ kind: 'shown', webhook });
    reload();
  };
  const common = { onDone: reload, onClose: close };
  return (
    <>
      <PageHead title={t.webhooks.title} lead={owner ? t.webhooks.lead : t.webhooks.notOwner}>
        {owner && (
          <Button look="primary" onPress={() => setAct({ kind: 'add' })}>
            <Icon name="plus" />
            {t.webhooks.add}
          </Button>
        )}
      </PageHead>
      <RefusalNotice refusal={refusal} />
      {webhooks?.length === 0 && (
        <div className="empty">
          <p>{t.webhooks.none}</p>
          <p className="hint">{t.webhooks.noneHint}</p>
        </div>
      )}
      {webhooks && webhooks.length > 0 && (
        <ul className="rows">
          {webhooks.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} open={setAct} onTested={reload} />
          ))}
        </ul>
      )}
      {act?.kind === 'add' && <AddWebhookWindow onShown={shown} onClose={close} />}
      {act?.kind === 'shown' && <ShownSecretWindow webhook={act.webhook} onClose={close} />}
      {act?.kind === 'change' && <ChangeWebhookWindow webhook={act.webhook} {...common} />}
      {act?.kind === 'rotate' && (
        <RotateWebhookWindow webhook={act.webhook} onShown={shown} onClose={close} />
      )}
      {act?.kind === 'replay' && <ReplayWindow webhook={act.webhook} {...common} />}
      {act?.kind === 'refused' && (
        <RefusedWindow
          webhook={act.webhook}
          onReplay={() => setAct({ kind: 'replay', webhook: act.webhook })}
          onClose={close}
        />
      )}
      {act?.kind === 'remove' && <RemoveWebhookWindow webhook={act.webhook} {...common} />}
    </>
  );
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
  open(act: Act): void;
  onTested(): void;
}

function WebhookRow({ webhook, open, onTested }: RowProps) {
  const t = useText();
  const { url, state, last_attempt: last } = webhook;
  const act = (kind: 'change' | 'rotate' | 'replay' | 'refused' | 'remove') => () =>
    open({ kind, webhook });
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
