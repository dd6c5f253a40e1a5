import { useState } from 'react';
import { Link } from 'wouter';
import { api, ask, type Once } from '../api/client';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { PageHead } from '../shell/page';
import { Button, Field } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Time } from '../ui/time';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { AskForm, UnreadNotice, Window } from '../ui/window';
import { useAccounts } from './accounts';

const kinds = ['open'] as const;
export const accountNamePattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

// The name that is allowed and nearest to what was typed: `acme-corp` for "Acme Corp".
const accountNameFrom = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');

export function AccountsPage() {
  const t = useText();
  const { accounts, refusal, reload } = useAccounts();
  const mayOpen = useMay('openAccounts');
  const opening = useOpened(kinds) && mayOpen;
  return (
    <>
      <PageHead title={t.accounts.title} lead={t.accounts.lead}>
        {mayOpen && (
          <Button look="primary" onPress={() => openWindow('open')}>
            <Icon name="plus" />
            {t.accounts.open}
          </Button>
        )}
      </PageHead>
      <UnreadNotice refusal={refusal} again={() => void reload()} />
      {accounts?.length === 0 && <div className="empty">{t.accounts.empty}</div>}
      {accounts && accounts.length > 0 && (
        <ul className="rows">
          {accounts.map(({ account, opened_at }) => (
            <li key={account} className="row-card">
              <div className="grow">
                <Link className="row-name" href={`/accounts/${account}/gateways`}>
                  {account}
                </Link>
                <div className="hint">
                  {t.accounts.opened} <Time at={opened_at} />
                </div>
              </div>
              <Link className="button button-ghost" href={`/accounts/${account}/history`}>
                <Icon name="clock" />
                {t.app.history}
              </Link>
            </li>
          ))}
        </ul>
      )}
      {opening && (
        <Window title={t.accounts.open} onClose={closeWindow}>
          <OpenAccountForm onClose={closeWindow} />
        </Window>
      )}
    </>
  );
}

interface FormProps {
  onClose?(): void;
  onOpened?(account: string): void;
}

export function OpenAccountForm({ onClose, onOpened }: FormProps) {
  const t = useText();
  const { reload } = useAccounts();
  const [name, setName] = useState('');
  const fits = accountNamePattern.test(name);
  const offered = accountNameFrom(name);
  const openAccount = async (once: Once) => {
    await ask(
      api.PUT('/v1/accounts/{account}', {
        params: { path: { account: name }, header: once.header(name) },
      }),
    );
    await reload();
  };
  return (
    <AskForm
      submit={t.accounts.open}
      send={openAccount}
      onDone={() => onOpened?.(name)}
      onClose={onClose}
      disabled={!fits}
    >
      <Field
        label={t.accounts.name}
        hint={t.accounts.nameHint}
        error={name !== '' && !fits ? t.validation.accountName : undefined}
        value={name}
        onChange={setName}
        maxLength={100}
        required
        autoFocus
        mono
      />
      {offered !== name && accountNamePattern.test(offered) && (
        <div>
          <Button onPress={() => setName(offered)}>
            {fill(t.accounts.use, { name: offered })}
          </Button>
        </div>
      )}
    </AskForm>
  );
}
