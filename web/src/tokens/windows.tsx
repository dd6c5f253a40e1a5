import { useState } from 'react';
import { AccountChecks } from '../accounts/AccountChecks';
import { api, ask, type Once } from '../api/client';
import type { NewToken, Token, TokenRole } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useSession, useSessionState } from '../session/session';
import { Choice, NameField, Notice } from '../ui/controls';
import { AskWindow, SecretWindow } from '../ui/window';

type Expiry = 'never' | 'month' | 'quarter' | 'year';
const dayS = 86_400;
const expirySeconds: Record<Exclude<Expiry, 'never'>, number> = {
  month: 30 * dayS,
  quarter: 90 * dayS,
  year: 365 * dayS,
};
const expiries: Expiry[] = ['never', 'month', 'quarter', 'year'];
export const roles: TokenRole[] = ['helpdesk', 'auditor', 'operator', 'owner'];

interface MakeProps {
  onShown(token: NewToken): void;
  onClose(): void;
}

export function CreateTokenWindow({ onShown, onClose }: MakeProps) {
  const t = useText();
  const session = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState<TokenRole>('helpdesk');
  // An owner of named accounts makes tokens for some of these only.
  const [some, setSome] = useState(session.operator.accounts !== null);
  const [accounts, setAccounts] = useState<string[]>([]);
  const [expiry, setExpiry] = useState<Expiry>('quarter');

  const create = (once: Once) => {
    const body = {
      name: name.trim(),
      role,
      ...(some ? { accounts } : {}),
      ...(expiry === 'never'
        ? { never_expires: true }
        : { expires_in_seconds: expirySeconds[expiry] }),
    };
    return ask(api.POST('/v1/tokens', { params: { header: once.header(body) }, body }));
  };

  return (
    <AskWindow
      title={t.tokens.createTitle}
      submit={t.tokens.create}
      send={create}
      onDone={onShown}
      onClose={onClose}
      disabled={name.trim() === '' || (some && accounts.length === 0)}
    >
      <NameField label={t.tokens.name} value={name} onChange={setName} />
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
    </AskWindow>
  );
}

export function ShownTokenWindow({ token, onClose }: { token: NewToken; onClose(): void }) {
  const t = useText();
  const name = token.name ?? token.id;
  return (
    <SecretWindow
      title={fill(t.tokens.shownTitle, { name })}
      lead={t.tokens.shownLead}
      secret={token.token}
      copy={t.tokens.copy}
      close={t.tokens.shownDone}
      onClose={onClose}
    />
  );
}

export function RotateTokenWindow({ token, onShown, onClose }: MakeProps & { token: Token }) {
  const t = useText();
  const { operator } = useSession();
  const [expiry, setExpiry] = useState<'keep' | Exclude<Expiry, 'never'>>('keep');
  const name = token.name ?? token.id;
  const rotate = (once: Once) => {
    const body = expiry === 'keep' ? {} : { expires_in_seconds: expirySeconds[expiry] };
    return ask(
      api.POST('/v1/tokens/{token}/rotate', {
        params: { path: { token: token.id }, header: once.header(body) },
        body,
      }),
    );
  };
  return (
    <AskWindow
      title={fill(t.tokens.rotateTitle, { name })}
      submit={t.tokens.rotateSubmit}
      send={rotate}
      onDone={onShown}
      onClose={onClose}
      deliberate
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
    </AskWindow>
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
  const name = token.name ?? token.id;
  const own = token.id === operator.id;
  const revoke = (once: Once) =>
    ask(
      api.DELETE('/v1/tokens/{token}', {
        params: { path: { token: token.id }, header: once.header(token.id) },
      }),
    );
  return (
    <AskWindow
      title={fill(t.tokens.revokeTitle, { name })}
      submit={t.tokens.revokeSubmit}
      send={revoke}
      onDone={own ? reload : onDone}
      onClose={onClose}
      deliberate
      danger
    >
      <Notice tone="danger">
        <p>{t.tokens.revokeLead}</p>
        {own && <p>{t.tokens.revokeSelf}</p>}
      </Notice>
    </AskWindow>
  );
}
