// Generate New Key: says what it ends before it does, and asks for the explicit wish where a
// registered machine is to be replaced. Where it ends nothing, one press is enough.
import { useEffect, useRef, useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { Once, api, ask } from '../api/client';
import type { Gateway, KeyAnswer } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Button, Field, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { AskWindow, RefusalNotice, TellWindow, useRequest } from '../ui/window';
import type { OpenAct } from './acts';
import { knownKey } from './knownKey';
import { ValidityField } from './ValidityField';
import { usualValidity, validitySeconds } from './validity';
import { hasKey, isRegistered } from './view';

interface Props {
  gateway: Gateway;
  // By a control of the page; a link alone generates nothing.
  pressed: boolean;
  open: OpenAct;
  onClose(): void;
}

export function GenerateWindow(props: Props) {
  const { gateway, pressed } = props;
  // As it was when it was asked for: the new key is active before this window is gone.
  const [atOnce] = useState(
    () => pressed && !hasKey(gateway) && !gateway.pending && !isRegistered(gateway),
  );
  return atOnce ? <AtOnce {...props} /> : <Asking {...props} />;
}

type Wishes = { replace?: boolean; expires_in_seconds?: number; reason?: string };

const generate = (gateway: Gateway, once: Once, body: Wishes) =>
  ask(
    api.POST('/v1/gateways/{gateway}/key', {
      params: { path: { gateway: gateway.id }, header: once.header(body) },
      body,
    }),
  );

const keyAct = (gateway: Gateway, answer: KeyAnswer) =>
  ({ kind: 'key', gateway: gateway.id, known: knownKey(answer) }) as const;

function AtOnce({ gateway, open, onClose }: Props) {
  const t = useText();
  const { busy, refusal, run } = useRequest();
  const [once] = useState(() => new Once());
  const send = () =>
    run(async () => {
      const seconds = validitySeconds(usualValidity) ?? undefined;
      open(keyAct(gateway, await generate(gateway, once, { expires_in_seconds: seconds })));
    });
  const first = useRef(send);
  useEffect(() => void first.current(), []);
  return (
    <TellWindow title={fill(t.key.generateTitle, { name: gateway.name })} onClose={onClose}>
      {busy && <p className="lead">{t.path.generating}</p>}
      <RefusalNotice refusal={refusal}>
        <div className="unread">
          <Button onPress={send}>{t.action.tryAgain}</Button>
        </div>
      </RefusalNotice>
    </TellWindow>
  );
}

function Asking({ gateway, open, onClose }: Props) {
  const t = useText();
  const [validity, setValidity] = useState(usualValidity);
  const [reason, setReason] = useState('');
  const [wished, setWished] = useState(false);
  const replace = isRegistered(gateway);
  const seconds = validitySeconds(validity);

  const send = (once: Once) =>
    generate(gateway, once, {
      expires_in_seconds: seconds ?? undefined,
      ...(replace ? { replace } : {}),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
    });

  const title = replace
    ? fill(t.generate.replaceTitle, { name: gateway.name })
    : fill(t.key.generateTitle, { name: gateway.name });
  return (
    <AskWindow
      title={title}
      submit={replace ? t.generate.replaceButton : t.key.generate}
      send={send}
      onDone={(answer) => open(keyAct(gateway, answer))}
      onClose={onClose}
      disabled={(replace && !wished) || seconds === null}
      deliberate
      danger={replace}
    >
      <WhatItEnds gateway={gateway} />
      <ValidityField label={t.generate.validity} value={validity} onChange={setValidity} />
      <Field label={t.generate.reason} value={reason} onChange={setReason} maxLength={1024} />
      {replace && (
        <Checkbox className="checkbox" isSelected={wished} onChange={setWished}>
          <span className="check-box">
            <Icon name="check" />
          </span>
          {t.generate.replaceWish}
        </Checkbox>
      )}
    </AskWindow>
  );
}

function WhatItEnds({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const ends: string[] = [];
  if (hasKey(gateway)) {
    ends.push(fill(t.generate.endsActive, { n: gateway.registration_key!.generation }));
  }
  if (gateway.pending) {
    const host = gateway.pending.host?.hostname;
    ends.push(host ? fill(t.generate.endsPending, { host }) : t.generate.endsPendingUnknown);
  }
  return (
    <>
      {isRegistered(gateway) && (
        <Notice tone="warning">
          <p>{t.generate.replace}</p>
          <p>{t.generate.replaceKeeps}</p>
        </Notice>
      )}
      {ends.map((line) => (
        <Notice key={line} tone="warning">
          {line}
        </Notice>
      ))}
      {ends.length === 0 && !isRegistered(gateway) && (
        <Notice tone="info">{t.generate.endsNothing}</Notice>
      )}
    </>
  );
}
