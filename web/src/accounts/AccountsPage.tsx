import { useState } from 'react';
import { Link } from 'wouter';
import { api, ask, type Once } from '../api/client';
import { useText } from '../i18n/context';
import { useMay } from '../session/session';
import { PageHead } from '../shell/page';
import { Button, Field } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Time } from '../ui/time';
import { AskForm, RefusalNotice, Window } from '../ui/window';
import { useAccounts } from './accounts';

export const accountNamePattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

export function AccountsPage() {
  const t = useText();
  const { accounts, refusal } = useAccounts();
  const mayOpen = useMay('openAccounts');
  const [opening, setOpening] = useState(false);
  return (
    <>
      <PageHead title={t.accounts.title} lead={t.accounts.lead}>
        {mayOpen && (
          <Button look="primary" onPress={() => setOpening(true)}>
            <Icon name="plus" />
            {t.accounts.open}
          </Button>
        )}
      </PageHead>
      <RefusalNotice refusal={refusal} />
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
        <Window title={t.accounts.open} onClose={() => setOpening(false)}>
          <OpenAccountForm onClose={() => setOpening(false)} />
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
        maxLength={40}
        required
        autoFocus
        mono
      />
    </AskForm>
  );
}
