// Rename, revoke a key, deregister, remove. What ends something that works asks for the name.
import { useState } from 'react';
import { Once, api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Button, Field, Notice } from '../ui/controls';
import { Window, WindowForm, useRequest } from '../ui/window';
import { hasKey, isRegistered } from './view';

interface Props {
  gateway: Gateway;
  put(gateway: Gateway): void;
  onClose(): void;
}

export function RenameWindow({ gateway, put, onClose }: Props) {
  const t = useText();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const [name, setName] = useState(gateway.name);
  const rename = () =>
    request.run(async () => {
      const body = { name: name.trim() };
      const changed = await ask(
        api.PATCH('/v1/gateways/{gateway}', {
          params: { path: { gateway: gateway.id }, header: once.header(body) },
          body,
        }),
      );
      put(changed);
      onClose();
    });
  return (
    <Window title={fill(t.rename.title, { name: gateway.name })} onClose={onClose}>
      <WindowForm
        request={request}
        submit={t.rename.submit}
        onSubmit={rename}
        onCancel={onClose}
        disabled={name.trim() === '' || name.trim() === gateway.name}
      >
        <Field
          label={t.rename.name}
          hint={t.add.nameHint}
          value={name}
          onChange={setName}
          maxLength={100}
          required
          autoFocus
        />
      </WindowForm>
    </Window>
  );
}

export function RevokeKeyWindow({ gateway, onClose }: Props) {
  const t = useText();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const generation = gateway.registration_key?.generation ?? 0;
  const revoke = () =>
    request.run(async () => {
      await ask(
        api.DELETE('/v1/gateways/{gateway}/key', {
          params: { path: { gateway: gateway.id }, header: once.header(generation) },
        }),
      );
      onClose();
    });
  return (
    <Window title={t.key.revokeTitle} onClose={onClose} deliberate>
      <WindowForm
        request={request}
        submit={t.key.revoke}
        onSubmit={revoke}
        onCancel={onClose}
        disabled={!hasKey(gateway)}
        danger
      >
        <Notice tone="warning">
          {fill(t.key.revokeLead, { n: generation, name: gateway.name })}
        </Notice>
      </WindowForm>
    </Window>
  );
}

export function DeregisterWindow({ gateway, put, onClose }: Props) {
  const t = useText();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const deregister = () =>
    request.run(async () => {
      const body = reason.trim() ? { reason: reason.trim() } : {};
      const changed = await ask(
        api.POST('/v1/gateways/{gateway}/deregister', {
          params: { path: { gateway: gateway.id }, header: once.header(body) },
          body,
        }),
      );
      put(changed);
      onClose();
    });
  return (
    <Window title={fill(t.deregister.title, { name: gateway.name })} onClose={onClose} deliberate>
      <WindowForm
        request={request}
        submit={t.deregister.submit}
        onSubmit={deregister}
        onCancel={onClose}
        disabled={typed.trim() !== gateway.name}
        danger
      >
        <Notice tone="danger">
          <p>{t.deregister.lead}</p>
          {gateway.pending && <p>{t.deregister.pending}</p>}
          {hasKey(gateway) && <p>{t.deregister.key}</p>}
        </Notice>
        <Field label={t.deregister.reason} value={reason} onChange={setReason} maxLength={1024} />
        <Field
          label={fill(t.deregister.type, { name: gateway.name })}
          value={typed}
          onChange={setTyped}
        />
      </WindowForm>
    </Window>
  );
}

export function RemoveWindow(props: Props & { secondaries: number }) {
  const { gateway, secondaries, onClose } = props;
  const t = useText();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const [typed, setTyped] = useState('');
  const title = fill(t.remove.title, { name: gateway.name });
  const remove = () =>
    request.run(async () => {
      await ask(
        api.DELETE('/v1/gateways/{gateway}', {
          params: { path: { gateway: gateway.id }, header: once.header(gateway.id) },
        }),
      );
      onClose();
    });
  if (secondaries > 0) {
    return (
      <Window title={title} onClose={onClose}>
        <div className="stack">
          <Notice tone="info">{t.remove.hasSecondaries}</Notice>
          <div className="dialog-actions">
            <Button onPress={onClose}>{t.action.close}</Button>
          </div>
        </div>
      </Window>
    );
  }
  return (
    <Window title={title} onClose={onClose} deliberate>
      <WindowForm
        request={request}
        submit={t.remove.submit}
        onSubmit={remove}
        onCancel={onClose}
        disabled={typed.trim() !== gateway.name}
        danger
      >
        <Notice tone="danger">
          <p>{t.remove.lead}</p>
          {isRegistered(gateway) && <p>{t.remove.registered}</p>}
        </Notice>
        <Field
          label={fill(t.remove.type, { name: gateway.name })}
          value={typed}
          onChange={setTyped}
          autoFocus
        />
      </WindowForm>
    </Window>
  );
}
