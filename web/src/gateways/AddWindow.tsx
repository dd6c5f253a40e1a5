import { useState } from 'react';
import { Once, api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Choice, Field } from '../ui/controls';
import { Window, WindowForm, useRequest } from '../ui/window';
import type { OpenAct } from './acts';
import { validityOptions, validitySeconds, type Validity } from './validity';

interface Props {
  account: string;
  primary?: Gateway;
  put(gateway: Gateway): void;
  open: OpenAct;
  onClose(): void;
}

export function AddWindow({ account, primary, put, open, onClose }: Props) {
  const t = useText();
  const title = primary ? fill(t.add.titleSecondary, { name: primary.name }) : t.add.title;
  return (
    <Window title={title} onClose={onClose}>
      <AddForm account={account} primary={primary} put={put} open={open} onClose={onClose} />
    </Window>
  );
}

type FormProps = Omit<Props, 'onClose'> & Partial<Pick<Props, 'onClose'>>;

export function AddForm({ account, primary, put, open, onClose }: FormProps) {
  const t = useText();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const [name, setName] = useState('');
  const [validity, setValidity] = useState<Validity>('week');

  const add = () =>
    request.run(async () => {
      const body = {
        name: name.trim(),
        expires_in_seconds: validitySeconds[validity],
        ...(primary ? { primary: primary.id } : {}),
      };
      const { key, ...gateway } = await ask(
        api.POST('/v1/accounts/{account}/gateways', {
          params: { path: { account }, header: once.header(body) },
          body,
        }),
      );
      put(gateway);
      const facts = gateway.registration_key;
      onClose?.();
      if (!key || !facts) return;
      open({
        kind: 'key',
        gateway: gateway.id,
        known: { text: key, generation: facts.generation, expiresAt: facts.expires_at },
      });
    });

  return (
    <WindowForm
      request={request}
      submit={t.add.submit}
      onSubmit={add}
      onCancel={onClose}
      disabled={name.trim() === ''}
    >
      <p className="lead">{t.add.lead}</p>
      <Field
        label={t.add.name}
        hint={t.add.nameHint}
        value={name}
        onChange={setName}
        maxLength={100}
        required
        autoFocus
      />
      <Choice
        label={t.add.validity}
        value={validity}
        options={validityOptions(t)}
        onChange={setValidity}
      />
    </WindowForm>
  );
}
