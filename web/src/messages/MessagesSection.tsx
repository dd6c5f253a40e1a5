// What was sent to a gateway: its last messages with their state, live, and what may be done with them.
import { useCallback, useEffect } from 'react';
import { api, ask } from '../api/client';
import type { Gateway, Message } from '../api/types';
import { useAnswer, useNowAndThen } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { Time } from '../ui/time';
import { UnreadNotice } from '../ui/window';
import { BodyWindow, CancelMessageWindow, SendMessageWindow } from './windows';

const shown = 20;
// That a message was delivered is no event, so those that are open are read again.
const lookEveryMs = 3000;

const kinds = ['send', 'body', 'cancel'] as const;
type Kind = (typeof kinds)[number];
type OpenMessage = (kind: Kind, message: Message) => void;

// `round` changes when something happened to the gateway.
export function MessagesSection({ gateway, round }: { gateway: Gateway; round: number }) {
  const t = useText();
  const manage = useMay('manage');
  const { list, more, refusal, reload } = useGatewayMessages(gateway.id, round);
  const act = useOpened(kinds);
  const about = list?.find((message) => message.id === act?.id);
  const open: OpenMessage = (kind, message) => openWindow(`${kind}.${message.id}`);
  const common = { gateway, onDone: reload, onClose: closeWindow };
  return (
    <section aria-labelledby="messages-title">
      <div className="section-head">
        <h2 id="messages-title" className="section-title">
          {t.messages.title}
        </h2>
        {manage && (
          <Button onPress={() => openWindow('send')}>
            <Icon name="message" />
            {t.messages.send}
          </Button>
        )}
      </div>
      <UnreadNotice refusal={refusal} again={reload} />
      {list?.length === 0 && <p className="hint">{t.messages.none}</p>}
      {list && list.length > 0 && (
        <ul className="rows rows-dense">
          {list.map((message) => (
            <MessageRow key={message.id} message={message} open={open} />
          ))}
        </ul>
      )}
      {more && <p className="hint">{fill(t.messages.more, { n: shown })}</p>}
      {act?.kind === 'send' && manage && <SendMessageWindow {...common} />}
      {act?.kind === 'body' && about && <BodyWindow message={about} onClose={closeWindow} />}
      {act?.kind === 'cancel' && about && manage && (
        <CancelMessageWindow message={about} {...common} />
      )}
    </section>
  );
}

const isOpen = (message: Message) => message.state === 'waiting' || message.state === 'delivered';

function useGatewayMessages(gateway: string, round: number) {
  const read = useCallback(() => {
    const params = { path: { gateway }, query: { limit: shown } };
    return ask(api.GET('/v1/gateways/{gateway}/messages', { params }));
  }, [gateway]);
  const { answer, refusal, reload } = useAnswer(read);
  useEffect(reload, [reload, round]);
  const list = answer?.messages;
  useNowAndThen(reload, lookEveryMs, list?.some(isOpen) ?? false);
  return { list, more: typeof answer?.next === 'string', refusal, reload };
}

const tones: Partial<Record<Message['state'], string>> = {
  done: 'pill pill-good',
  failed: 'pill pill-danger',
  delivered: 'pill pill-accent',
};

function MessageRow({ message, open }: { message: Message; open: OpenMessage }) {
  const t = useText();
  const manage = useMay('manage');
  return (
    <li className="row-card">
      <div className="grow">
        <div className="row">
          <span className="mono">{message.kind}</span>
          <span className={tones[message.state] ?? 'pill'}>{t.messages.state[message.state]}</span>
        </div>
        <dl className="facts">
          <div>
            <dt>{t.messages.sent}</dt>
            <dd>
              <Time at={message.sent_at} as="relative" />
            </dd>
          </div>
          {isOpen(message) && (
            <div>
              <dt>{t.messages.until}</dt>
              <dd>
                <Time at={message.expires_at} />
              </dd>
            </div>
          )}
          {message.acknowledged_at && (
            <div>
              <dt>{t.messages.ended}</dt>
              <dd>
                <Time at={message.acknowledged_at} as="relative" />
              </dd>
            </div>
          )}
          {message.detail && (
            <div>
              <dt>{t.messages.says}</dt>
              <dd>{message.detail}</dd>
            </div>
          )}
        </dl>
      </div>
      <div className="row">
        <Button
          look="ghost"
          onPress={() => open('body', message)}
          aria-label={`${t.messages.show}: ${message.kind}`}
        >
          {t.messages.show}
        </Button>
        {manage && isOpen(message) && (
          <Button
            onPress={() => open('cancel', message)}
            aria-label={`${t.messages.cancel}: ${message.kind}`}
          >
            {t.action.cancel}
          </Button>
        )}
      </div>
    </li>
  );
}
