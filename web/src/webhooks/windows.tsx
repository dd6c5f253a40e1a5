import { useCallback, useState } from 'react';
import { AccountChecks } from '../accounts/AccountChecks';
import { api, ask, type Once } from '../api/client';
import type { EventType, NewWebhook, Webhook } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { allEventTypes } from '../history/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useSession } from '../session/session';
import { Button, Checks, Choice, Field, Notice } from '../ui/controls';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { AskWindow, UnreadNotice, SecretWindow, TellWindow } from '../ui/window';

// What a webhook is told of unless its owner says otherwise (docs/webhooks.md).
const usualTypes: EventType[] = [
  'GatewayConnected',
  'GatewayDisconnected',
  'RedemptionRefused',
  'InstallationFailed',
  'CertificateSharedSuspected',
];

interface Settings {
  url: string;
  some: boolean;
  accounts: string[];
  types: EventType[];
}

function useSettings(webhook?: Webhook) {
  const { operator } = useSession();
  const [settings, setSettings] = useState<Settings>({
    url: webhook?.url ?? '',
    some: webhook ? webhook.accounts !== null : operator.accounts !== null,
    accounts: webhook?.accounts ?? [],
    types: webhook?.types ?? usualTypes,
  });
  const set = (changed: Partial<Settings>) => setSettings((now) => ({ ...now, ...changed }));
  const complete =
    settings.url.trim().startsWith('https://') &&
    settings.types.length > 0 &&
    (!settings.some || settings.accounts.length > 0);
  return { settings, set, complete };
}

interface FieldsProps {
  settings: Settings;
  set(changed: Partial<Settings>): void;
}

function SettingsFields({ settings, set }: FieldsProps) {
  const t = useText();
  const { operator } = useSession();
  const { url, some, accounts, types } = settings;
  // The usual ones first.
  const all = [...usualTypes, ...allEventTypes.filter((each) => !usualTypes.includes(each))];
  return (
    <>
      <Field
        label={t.webhooks.url}
        hint={t.webhooks.urlHint}
        value={url}
        onChange={(changed) => set({ url: changed })}
        maxLength={2048}
        required
        autoFocus
        mono
      />
      <Checks
        label={t.webhooks.types}
        options={all}
        chosen={types}
        onChange={(chosen) => set({ types: chosen as EventType[] })}
        error={t.webhooks.chooseType}
      />
      {operator.accounts === null && (
        <Choice
          label={t.webhooks.accounts}
          value={some ? 'some' : 'all'}
          options={[
            ['all', t.webhooks.allAccounts],
            ['some', t.webhooks.someAccounts],
          ]}
          onChange={(which) => set({ some: which === 'some' })}
        />
      )}
      {some && <AccountChecks chosen={accounts} onChange={(each) => set({ accounts: each })} />}
    </>
  );
}

interface ShownProps {
  onShown(webhook: NewWebhook): void;
  onClose(): void;
}

export function AddWebhookWindow({ onShown, onClose }: ShownProps) {
  const t = useText();
  const { settings, set, complete } = useSettings();
  const add = (once: Once) => {
    const { url, types, some, accounts } = settings;
    const body = { url: url.trim(), types, ...(some ? { accounts } : {}) };
    return ask(api.POST('/v1/webhooks', { params: { header: once.header(body) }, body }));
  };
  return (
    <AskWindow
      title={t.webhooks.addTitle}
      submit={t.webhooks.add}
      send={add}
      onDone={onShown}
      onClose={onClose}
      disabled={!complete}
      deliberate
    >
      <SettingsFields settings={settings} set={set} />
    </AskWindow>
  );
}

export function ShownSecretWindow({ webhook, onClose }: { webhook: NewWebhook; onClose(): void }) {
  const t = useText();
  const both = webhook.previous_secret_until;
  return (
    <SecretWindow
      title={fill(t.webhooks.shownTitle, { id: webhook.id })}
      lead={t.webhooks.shownLead}
      secret={webhook.secret}
      copy={t.webhooks.copy}
      close={t.webhooks.shownDone}
      onClose={onClose}
    >
      {both && (
        <p className="hint">
          <Sentence message={t.webhooks.both} values={{ time: <Time at={both} /> }} />
        </p>
      )}
    </SecretWindow>
  );
}

interface Props {
  webhook: Webhook;
  onDone(): void;
  onClose(): void;
}

export function ChangeWebhookWindow({ webhook, onDone, onClose }: Props) {
  const t = useText();
  const { settings, set, complete } = useSettings(webhook);
  const change = (once: Once) => {
    const { url, types, some, accounts } = settings;
    const body = {
      ...(url.trim() === webhook.url ? {} : { url: url.trim() }),
      types,
      accounts: some ? accounts : null,
    };
    const params = { path: { webhook: webhook.id }, header: once.header(body) };
    return ask(api.PATCH('/v1/webhooks/{webhook}', { params, body }));
  };
  return (
    <AskWindow
      title={fill(t.webhooks.changeTitle, { id: webhook.id })}
      submit={t.webhooks.save}
      send={change}
      onDone={onDone}
      onClose={onClose}
      disabled={!complete}
      deliberate
    >
      <SettingsFields settings={settings} set={set} />
    </AskWindow>
  );
}

export function RotateWebhookWindow({
  webhook,
  onShown,
  onClose,
}: ShownProps & { webhook: Webhook }) {
  const t = useText();
  const rotate = (once: Once) => {
    const params = { path: { webhook: webhook.id }, header: once.header(webhook.id) };
    return ask(api.POST('/v1/webhooks/{webhook}/rotate', { params }));
  };
  return (
    <AskWindow
      title={fill(t.webhooks.rotateTitle, { id: webhook.id })}
      submit={t.webhooks.rotate}
      send={rotate}
      onDone={onShown}
      onClose={onClose}
    >
      <Notice tone="warning">{t.webhooks.rotateLead}</Notice>
    </AskWindow>
  );
}

// The last ones, from the server.
function useRefused(id: string) {
  const read = useCallback(
    () => ask(api.GET('/v1/webhooks/{webhook}', { params: { path: { webhook: id } } })),
    [id],
  );
  const { answer, refusal, reload } = useAnswer(read);
  return { refused: answer?.refused, refusal, reload };
}

interface RefusedProps {
  webhook: Webhook;
  onReplay(): void;
  onClose(): void;
}

export function RefusedWindow({ webhook, onReplay, onClose }: RefusedProps) {
  const t = useText();
  const { refused, refusal, reload } = useRefused(webhook.id);
  return (
    <TellWindow
      title={fill(t.webhooks.refusedTitle, { id: webhook.id })}
      onClose={onClose}
      action={
        <Button look="primary" onPress={onReplay}>
          {t.webhooks.replay}
        </Button>
      }
    >
      <UnreadNotice refusal={refusal} again={reload} />
      {!refused && !refusal && <p className="lead">{t.app.loading}</p>}
      {refused && <p>{t.webhooks.refused(refused.length)}</p>}
      {refused && refused.length > 0 && (
        <>
          <p className="hint">{t.webhooks.refusedLead}</p>
          <ul className="plain-list" data-testid="refused">
            {refused.map((attempt) => (
              <li key={attempt.event}>
                <Time at={attempt.at} /> · {attempt.type} · {attempt.status}{' '}
                <span className="mono hint">{attempt.event}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </TellWindow>
  );
}

type Since = 'here' | 'refused' | 'day' | 'week';
const hoursOf = { day: 24, week: 7 * 24 };

// The position before the first event since then; null when there was none.
async function positionBefore(hours: number) {
  const ledger = await ask(api.GET('/v1/ledger'));
  const since = new Date(Date.now() - hours * 3_600_000).toISOString();
  const query = { since, order: 'asc' as const, limit: 1 };
  const page = await ask(api.GET('/v1/events', { params: { query } }));
  const first = page.events[0]?.sequence ?? ledger.size;
  return `${ledger.epoch}-${Math.max(first - 1, 0)}`;
}

const before = (position: string) => {
  const [epoch, sequence] = position.split('-');
  return `${epoch}-${Number(sequence) - 1}`;
};

export function ReplayWindow({ webhook, onDone, onClose }: Props) {
  const t = useText();
  const { refused } = useRefused(webhook.id);
  const [since, setSince] = useState<Since>('here');
  const oldest = refused?.at(-1)?.event;
  const options = (['here', 'refused', 'day', 'week'] as const)
    .filter((each) => each !== 'refused' || oldest)
    .map((each) => [each, t.webhooks.since[each]] as const);
  const replay = async () => {
    const after =
      since === 'here'
        ? webhook.position!
        : since === 'refused'
          ? before(oldest!)
          : await positionBefore(hoursOf[since]);
    const params = { path: { webhook: webhook.id } };
    return ask(api.POST('/v1/webhooks/{webhook}/replay', { params, body: { after } }));
  };
  return (
    <AskWindow
      title={fill(t.webhooks.replayTitle, { id: webhook.id })}
      submit={t.webhooks.replay}
      send={replay}
      onDone={onDone}
      onClose={onClose}
    >
      <p className="hint">{t.webhooks.replayLead}</p>
      <Choice label={t.webhooks.from} value={since} options={options} onChange={setSince} />
    </AskWindow>
  );
}

export function RemoveWebhookWindow({ webhook, onDone, onClose }: Props) {
  const t = useText();
  const remove = (once: Once) => {
    const params = { path: { webhook: webhook.id }, header: once.header(webhook.id) };
    return ask(api.DELETE('/v1/webhooks/{webhook}', { params }));
  };
  const host = webhook.url ? new URL(webhook.url).host : webhook.id;
  return (
    <AskWindow
      title={fill(t.webhooks.removeTitle, { id: webhook.id })}
      submit={t.webhooks.remove}
      send={remove}
      onDone={onDone}
      onClose={onClose}
      deliberate
      danger
    >
      <Notice tone="danger">{fill(t.webhooks.removeLead, { host })}</Notice>
    </AskWindow>
  );
}
