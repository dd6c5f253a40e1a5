import { useState } from 'react';
import { api, ask, type Once } from '../api/client';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { NameField } from '../ui/controls';
import { AskForm, Window } from '../ui/window';
import type { OpenAct } from './acts';
import { knownKey } from './knownKey';
import { ValidityField } from './ValidityField';
import { usualValidity, validitySeconds } from './validity';

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
  const [name, setName] = useState('');
  const [validity, setValidity] = useState(usualValidity);

  const seconds = validitySeconds(validity);
  const add = (once: Once) => {
    const body = {
      name: name.trim(),
      expires_in_seconds: seconds ?? undefined,
      ...(primary ? { primary: primary.id } : {}),
    };
    return ask(
      api.POST('/v1/accounts/{account}/gateways', {
        params: { path: { account }, header: once.header(body) },
        body,
      }),
    );
  };
  // The key goes to its own window.
  const showKey = (gateway: Gateway, key: string | null) => {
    put(gateway);
    const facts = gateway.registration_key;
    const known = facts && knownKey({ key, ...facts });
    if (known) open({ kind: 'key', gateway: gateway.id, known });
  };

  return (
    <AskForm
      submit={t.add.submit}
      send={add}
      onDone={({ key, ...gateway }) => showKey(gateway, key)}
      onClose={onClose}
      disabled={name.trim() === '' || seconds === null}
    >
      <p className="lead">{t.add.lead}</p>
      <NameField label={t.add.name} hint={t.add.nameHint} value={name} onChange={setName} />
      <ValidityField label={t.add.validity} value={validity} onChange={setValidity} />
    </AskForm>
  );
}
