// Generate New Key: says what it ends before it does, and asks for the explicit wish where a
// registered machine is to be replaced.
import { useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { api, ask, type Once } from '../api/client';
import type { Gateway, KeyAnswer } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Choice, Field, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { AskWindow } from '../ui/window';
import type { OpenAct } from './acts';
import { knownKey } from './knownKey';
import { validityOptions, validitySeconds, type Validity } from './validity';
import { hasKey, isRegistered } from './view';

interface Props {
  gateway: Gateway;
  open: OpenAct;
  onClose(): void;
}

export function GenerateWindow({ gateway, open, onClose }: Props) {
  const t = useText();
  const [validity, setValidity] = useState<Validity>('week');
  const [reason, setReason] = useState('');
  const [wished, setWished] = useState(false);
  const replace = isRegistered(gateway);

  const generate = (once: Once) => {
    const body = {
      expires_in_seconds: validitySeconds[validity],
      ...(replace ? { replace } : {}),
      ...(reason.trim() ? { reason: reason.trim() } : {}),
    };
    return ask(
      api.POST('/v1/gateways/{gateway}/key', {
        params: { path: { gateway: gateway.id }, header: once.header(body) },
        body,
      }),
    );
  };
  const showKey = (answer: KeyAnswer) =>
    open({ kind: 'key', gateway: gateway.id, known: knownKey(answer) });

  const title = replace
    ? fill(t.generate.replaceTitle, { name: gateway.name })
    : fill(t.key.generateTitle, { name: gateway.name });
  return (
    <AskWindow
      title={title}
      submit={replace ? t.generate.replaceButton : t.key.generate}
      send={generate}
      onDone={showKey}
      onClose={onClose}
      disabled={replace && !wished}
      deliberate
      danger={replace}
    >
      <WhatItEnds gateway={gateway} />
      <Choice
        label={t.generate.validity}
        value={validity}
        options={validityOptions(t)}
        onChange={setValidity}
      />
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
