// Rename, revoke a key, accept after a restore, deregister, remove. What ends something that works asks for the name.
import { useState } from 'react';
import { api, ask, type Once } from '../api/client';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Field, NameField, Notice } from '../ui/controls';
import { AskWindow, TellWindow } from '../ui/window';
import { hasKey, isRegistered } from './view';

interface Props {
  gateway: Gateway;
  put(gateway: Gateway): void;
  onClose(): void;
}

export function RenameWindow({ gateway, put, onClose }: Props) {
  const t = useText();
  const [name, setName] = useState(gateway.name);
  const rename = (once: Once) => {
    const body = { name: name.trim() };
    return ask(
      api.PATCH('/v1/gateways/{gateway}', {
        params: { path: { gateway: gateway.id }, header: once.header(body) },
        body,
      }),
    );
  };
  return (
    <AskWindow
      title={fill(t.rename.title, { name: gateway.name })}
      submit={t.rename.submit}
      send={rename}
      onDone={put}
      onClose={onClose}
      disabled={name.trim() === '' || name.trim() === gateway.name}
    >
      <NameField label={t.rename.name} hint={t.add.nameHint} value={name} onChange={setName} />
    </AskWindow>
  );
}

export function RevokeKeyWindow({ gateway, onClose }: Props) {
  const t = useText();
  const generation = gateway.registration_key?.generation ?? 0;
  const revoke = (once: Once) =>
    ask(
      api.DELETE('/v1/gateways/{gateway}/key', {
        params: { path: { gateway: gateway.id }, header: once.header(generation) },
      }),
    );
  return (
    <AskWindow
      title={t.key.revokeTitle}
      submit={t.key.revoke}
      send={revoke}
      onClose={onClose}
      disabled={!hasKey(gateway)}
      deliberate
      danger
    >
      <Notice tone="warning">
        {fill(t.key.revokeLead, { n: generation, name: gateway.name })}
      </Notice>
    </AskWindow>
  );
}

export function AcceptWindow({ gateway, put, onClose }: Props) {
  const t = useText();
  const accept = (once: Once) =>
    ask(
      api.POST('/v1/gateways/{gateway}/accept', {
        params: { path: { gateway: gateway.id }, header: once.header(gateway.id) },
      }),
    );
  return (
    <AskWindow
      title={fill(t.restored.acceptTitle, { name: gateway.name })}
      submit={t.restored.accept}
      send={accept}
      onDone={put}
      onClose={onClose}
      deliberate
    >
      <Notice tone="warning">{t.restored.acceptLead}</Notice>
    </AskWindow>
  );
}

// A name that not every keyboard can type has its id beside it.
const confirms = (typed: string, { name, id }: Gateway) =>
  [name, id].includes(typed.trim().normalize('NFC'));

interface ConfirmProps {
  message: string;
  gateway: Gateway;
  value: string;
  onChange(value: string): void;
  autoFocus?: boolean;
}

function ConfirmField({ message, gateway, ...field }: ConfirmProps) {
  const t = useText();
  return (
    <Field
      label={fill(message, { name: gateway.name })}
      hint={fill(t.remove.orId, { id: gateway.id })}
      {...field}
    />
  );
}

export function DeregisterWindow({ gateway, put, onClose }: Props) {
  const t = useText();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const deregister = (once: Once) => {
    const body = reason.trim() ? { reason: reason.trim() } : {};
    return ask(
      api.POST('/v1/gateways/{gateway}/deregister', {
        params: { path: { gateway: gateway.id }, header: once.header(body) },
        body,
      }),
    );
  };
  return (
    <AskWindow
      title={fill(t.deregister.title, { name: gateway.name })}
      submit={t.deregister.submit}
      send={deregister}
      onDone={put}
      onClose={onClose}
      disabled={!confirms(typed, gateway)}
      deliberate
      danger
    >
      <Notice tone="danger">
        <p>{t.deregister.lead}</p>
        {gateway.pending && <p>{t.deregister.pending}</p>}
        {hasKey(gateway) && <p>{t.deregister.key}</p>}
      </Notice>
      <Field label={t.deregister.reason} value={reason} onChange={setReason} maxLength={1024} />
      <ConfirmField
        message={t.deregister.type}
        gateway={gateway}
        value={typed}
        onChange={setTyped}
      />
    </AskWindow>
  );
}

export function RemoveWindow(props: Props & { secondaries: number }) {
  const { gateway, secondaries, onClose } = props;
  const t = useText();
  const [typed, setTyped] = useState('');
  const title = fill(t.remove.title, { name: gateway.name });
  const remove = (once: Once) =>
    ask(
      api.DELETE('/v1/gateways/{gateway}', {
        params: { path: { gateway: gateway.id }, header: once.header(gateway.id) },
      }),
    );
  if (secondaries > 0) {
    return (
      <TellWindow title={title} onClose={onClose}>
        <Notice tone="info">{t.remove.hasSecondaries}</Notice>
      </TellWindow>
    );
  }
  return (
    <AskWindow
      title={title}
      submit={t.remove.submit}
      send={remove}
      onClose={onClose}
      disabled={!confirms(typed, gateway)}
      deliberate
      danger
    >
      <Notice tone="danger">
        <p>{t.remove.lead}</p>
        {isRegistered(gateway) && <p>{t.remove.registered}</p>}
      </Notice>
      <ConfirmField
        message={t.remove.type}
        gateway={gateway}
        value={typed}
        onChange={setTyped}
        autoFocus
      />
    </AskWindow>
  );
}
