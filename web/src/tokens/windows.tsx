import { useState } from 'react';
import { Checkbox, CheckboxGroup, FieldError, Label } from 'react-aria-components';
import { useAccounts } from '../accounts/accounts';
import { Once, api, ask } from '../api/client';
import type { NewToken, Token, TokenRole } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useSession, useSessionState } from '../session/session';
import { Button, Choice, CopyButton, Field, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { Window, WindowForm, useRequest } from '../ui/window';

type Expiry = 'never' | 'month' | 'quarter' | 'year';
const dayS = 86_400;
const expirySeconds: Record<Expiry, number | undefined> = {
  never: undefined,
  month: 30 * dayS,
  quarter: 90 * dayS,
  year: 365 * dayS,
};
const expiries: Expiry[] = ['never', 'month', 'quarter', 'year'];
const roles: TokenRole[] = ['helpdesk', 'auditor', 'operator', 'owner'];

interface MakeProps {
  onShown(token: NewToken): void;
  onClose(): void;
}

export function CreateTokenWindow({ onShown, onClose }: MakeProps) {
  const t = useText();
  const session = useSession();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const [name, setName] = useState('');
  const [role, setRole] = useState<TokenRole>('helpdesk');
  // An owner of named accounts makes tokens for some of these only.
  const [some, setSome] = useState(session.operator.accounts !== null);
  const [accounts, setAccounts] = useState<string[]>([]);
  const [expiry, setExpiry] = useState<Expiry>('quarter');

  const create = () =>
    request.run(async () => {
      const body = {
        name: name.trim(),
        role,
        ...(some ? { accounts } : {}),
        expires_in_seconds: expirySeconds[expiry],
      };
      const token = await ask(
        api.POST('/v1/tokens', { params: { header: once.header(body) }, body }),
      );
      onShown(token);
    });

  return (
    <Window title={t.tokens.createTitle} onClose={onClose}>
      <WindowForm
        request={request}
        submit={t.tokens.create}
        onSubmit={create}
        onCancel={onClose}
        disabled={name.trim() === '' || (some && accounts.length === 0)}
      >
        <Field
          label={t.tokens.name}
          value={name}
          onChange={setName}
          maxLength={100}
          required
          autoFocus
        />
        <Choice
          label={t.tokens.role}
          value={role}
          options={roles.map((each) => [each, t.role[each], t.roleHint[each]] as const)}
          onChange={setRole}
        />
        {session.operator.accounts === null && (
          <Choice
            label={t.tokens.accounts}
            value={some ? 'some' : 'all'}
            options={[
              ['all', t.tokens.allAccounts],
              ['some', t.tokens.someAccounts],
            ]}
            onChange={(which) => setSome(which === 'some')}
          />
        )}
        {some && <AccountChecks chosen={accounts} onChange={setAccounts} />}
        <Choice
          label={t.tokens.expires}
          value={expiry}
          options={expiries.map((each) => [each, t.tokens.expiry[each]] as const)}
          onChange={setExpiry}
        />
      </WindowForm>
    </Window>
  );
}

interface ChecksProps {
  chosen: string[];
  onChange(accounts: string[]): void;
}

function AccountChecks({ chosen, onChange }: ChecksProps) {
  const t = useText();
  const { accounts } = useAccounts();
  return (
    <CheckboxGroup
      className="field"
      value={chosen}
      onChange={onChange}
      isInvalid={chosen.length === 0}
      validationBehavior="aria"
    >
      <Label className="label">{t.tokens.someAccounts}</Label>
      <div className="checks">
        {accounts?.map(({ account }) => (
          <Checkbox key={account} value={account} className="checkbox">
            <span className="check-box">
              <Icon name="check" />
            </span>
            {account}
          </Checkbox>
        ))}
      </div>
      <FieldError className="hint">{t.validation.chooseAccount}</FieldError>
    </CheckboxGroup>
  );
}

export function ShownTokenWindow({ token, onClose }: { token: NewToken; onClose(): void }) {
  const t = useText();
  const name = token.name ?? token.id;
  return (
    <Window title={fill(t.tokens.shownTitle, { name })} onClose={onClose} deliberate>
      <div className="stack">
        <Notice tone="warning">{t.tokens.shownLead}</Notice>
        {token.token && (
          <section className="key-card">
            <p className="key-text key-text-long" data-testid="token">
              {token.token}
            </p>
            <CopyButton text={token.token} label={t.tokens.copy} look="primary" />
          </section>
        )}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t.tokens.shownDone}</Button>
        </div>
      </div>
    </Window>
  );
}

export function RotateTokenWindow({ token, onShown, onClose }: MakeProps & { token: Token }) {
  const t = useText();
  const { operator } = useSession();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const [expiry, setExpiry] = useState<'keep' | Exclude<Expiry, 'never'>>('keep');
  const name = token.name ?? token.id;
  const rotate = () =>
    request.run(async () => {
      const body = expiry === 'keep' ? {} : { expires_in_seconds: expirySeconds[expiry] };
      const rotated = await ask(
        api.POST('/v1/tokens/{token}/rotate', {
          params: { path: { token: token.id }, header: once.header(body) },
          body,
        }),
      );
      onShown(rotated);
    });
  return (
    <Window title={fill(t.tokens.rotateTitle, { name })} onClose={onClose} deliberate>
      <WindowForm
        request={request}
        submit={t.tokens.rotateSubmit}
        onSubmit={rotate}
        onCancel={onClose}
        danger
      >
        <Notice tone="warning">
          <p>{t.tokens.rotateLead}</p>
          {token.id === operator.id && <p>{t.tokens.rotateSelf}</p>}
        </Notice>
        <Choice
          label={t.tokens.expires}
          value={expiry}
          options={[
            ['keep', t.tokens.keepExpiry],
            ['month', t.tokens.expiry.month],
            ['quarter', t.tokens.expiry.quarter],
            ['year', t.tokens.expiry.year],
          ]}
          onChange={setExpiry}
        />
      </WindowForm>
    </Window>
  );
}

interface RevokeProps {
  token: Token;
  onDone(): void;
  onClose(): void;
}

export function RevokeTokenWindow({ token, onDone, onClose }: RevokeProps) {
  const t = useText();
  const { operator } = useSession();
  const { reload } = useSessionState();
  const request = useRequest();
  const [once] = useState(() => new Once());
  const name = token.name ?? token.id;
  const own = token.id === operator.id;
  const revoke = () =>
    request.run(async () => {
      await ask(
        api.DELETE('/v1/tokens/{token}', {
          params: { path: { token: token.id }, header: once.header(token.id) },
        }),
      );
      onClose();
      if (own) reload();
      else onDone();
    });
  return (
    <Window title={fill(t.tokens.revokeTitle, { name })} onClose={onClose} deliberate>
      <WindowForm
        request={request}
        submit={t.tokens.revokeSubmit}
        onSubmit={revoke}
        onCancel={onClose}
        danger
      >
        <Notice tone="danger">
          <p>{t.tokens.revokeLead}</p>
          {own && <p>{t.tokens.revokeSelf}</p>}
        </Notice>
      </WindowForm>
    </Window>
  );
}
