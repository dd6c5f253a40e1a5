import { useCallback, useState } from 'react';
import { api, ask, type Once } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import type { Gateway, Message } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { AreaField, Choice, Field, Notice } from '../ui/controls';
import { AskWindow, UnreadNotice, TellWindow } from '../ui/window';
import { checkBody, mostBytes, requestBody } from './body';

type Expiry = 'hour' | 'day' | 'week' | 'month';
const expirySeconds: Record<Expiry, number> = {
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
};

interface Props {
  gateway: Gateway;
  onDone(): void;
  onClose(): void;
}

export function SendMessageWindow({ gateway, onDone, onClose }: Props) {
  const t = useText();
  const [kind, setKind] = useState('');
  const [body, setBody] = useState('{\n  \n}');
  const [expiry, setExpiry] = useState<Expiry>('week');
  const checked = checkBody(body, t);
  const problem = 'problem' in checked ? checked.problem : undefined;
  const used = 'bytes' in checked ? checked.bytes : 0;
  const send = (once: Once) => {
    const text = requestBody(kind.trim(), body, expirySeconds[expiry]);
    return ask(
      api.POST('/v1/gateways/{gateway}/messages', {
        params: { path: { gateway: gateway.id }, header: once.header(text) },
        body: { kind: kind.trim(), body: {} },
        bodySerializer: () => text,
      }),
    );
  };
  return (
    <AskWindow
      title={fill(t.messages.sendTitle, { name: gateway.name })}
      submit={t.messages.send}
      send={send}
      onDone={onDone}
      onClose={onClose}
      disabled={kind.trim() === '' || problem !== undefined}
      deliberate
    >
      <Field
        label={t.messages.kind}
        hint={t.messages.kindHint}
        value={kind}
        onChange={setKind}
        maxLength={64}
        required
        autoFocus
        mono
      />
      <AreaField
        mono
        label={t.messages.body}
        hint={fill(t.messages.bodyHint, { used, most: mostBytes })}
        value={body}
        onChange={setBody}
        error={problem}
        rows={8}
      />
      <Choice
        label={t.messages.expires}
        value={expiry}
        options={(['hour', 'day', 'week', 'month'] as const).map((each) => [
          each,
          t.messages.expiry[each],
        ])}
        onChange={setExpiry}
      />
    </AskWindow>
  );
}

export function BodyWindow({ message, onClose }: { message: Message; onClose(): void }) {
  const t = useText();
  const read = useCallback(() => {
    const path = { gateway: message.gateway, message: message.id };
    return ask(api.GET('/v1/gateways/{gateway}/messages/{message}', { params: { path } }));
  }, [message.gateway, message.id]);
  const { answer, refusal, reload } = useAnswer(read);
  return (
    <TellWindow title={fill(t.messages.bodyOf, { id: message.id })} onClose={onClose}>
      <UnreadNotice refusal={refusal} again={reload} />
      {!answer && !refusal && <p className="lead">{t.app.loading}</p>}
      {answer?.body === null && <p className="hint">{t.messages.erased}</p>}
      {answer && answer.body !== null && (
        <pre className="code-block" data-testid="body">
          {JSON.stringify(answer.body, null, 2)}
        </pre>
      )}
    </TellWindow>
  );
}

export function CancelMessageWindow({ message, onDone, onClose }: Props & { message: Message }) {
  const t = useText();
  const cancel = (once: Once) =>
    ask(
      api.DELETE('/v1/gateways/{gateway}/messages/{message}', {
        params: {
          path: { gateway: message.gateway, message: message.id },
          header: once.header(message.id),
        },
      }),
    );
  return (
    <AskWindow
      title={fill(t.messages.cancelTitle, { kind: message.kind })}
      submit={t.messages.cancel}
      send={cancel}
      onDone={onDone}
      onClose={onClose}
      danger
    >
      <Notice tone="warning">{t.messages.cancelLead}</Notice>
    </AskWindow>
  );
}
