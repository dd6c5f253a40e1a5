// Operator tokens: who may do what. A secret is in the answer that makes it, and in the window
// that shows it, until that is closed.
import { useState } from 'react';
import { api, ask, eachPage } from '../api/client';
import type { NewToken, Token } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { millis } from '../i18n/time';
import { useMay, useSession } from '../session/session';
import { PageHead } from '../shell/page';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { Time, useNow } from '../ui/time';
import { UnreadNotice } from '../ui/window';
import {
  CreateTokenWindow,
  RevokeTokenWindow,
  RotateTokenWindow,
  ShownTokenWindow,
} from './windows';

const kinds = ['create', 'shown', 'rotate', 'revoke'] as const;

export function TokensPage() {
  const t = useText();
  const owner = useMay('tokens');
  const { answer: tokens, refusal, reload } = useAnswer(readTokens);
  const act = useOpened(kinds);
  const about = tokens?.find((token) => token.id === act?.id);
  // The secret is in no address, so a reload does not show it again.
  const [made, setMade] = useState<NewToken | null>(null);
  // The list is read again once the secret has been kept: after the own token was rotated the
  // server no longer knows this session, and the page would be gone with the secret on it.
  const closeShown = () => {
    closeWindow();
    setMade(null);
    reload();
  };
  const shown = (token: NewToken) => {
    setMade(token);
    openWindow('shown');
  };
  return (
    <>
      <PageHead title={t.tokens.title} lead={owner ? t.tokens.lead : t.tokens.notCreator}>
        {owner && (
          <Button look="primary" onPress={() => openWindow('create')}>
            <Icon name="plus" />
            {t.tokens.create}
          </Button>
        )}
      </PageHead>
      <UnreadNotice refusal={refusal} again={reload} />
      {tokens?.length === 0 && <div className="empty">{t.tokens.empty}</div>}
      {tokens && tokens.length > 0 && (
        <ul className="rows">
          {tokens.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              onRotate={owner ? () => openWindow(`rotate.${token.id}`) : undefined}
              onRevoke={owner ? () => openWindow(`revoke.${token.id}`) : undefined}
            />
          ))}
        </ul>
      )}
      {act?.kind === 'create' && owner && (
        <CreateTokenWindow onShown={shown} onClose={closeWindow} />
      )}
      {act?.kind === 'shown' && made && <ShownTokenWindow token={made} onClose={closeShown} />}
      {act?.kind === 'rotate' && owner && about && (
        <RotateTokenWindow token={about} onShown={shown} onClose={closeWindow} />
      )}
      {act?.kind === 'revoke' && owner && about && (
        <RevokeTokenWindow token={about} onDone={reload} onClose={closeWindow} />
      )}
    </>
  );
}

async function readTokens() {
  const all: Token[] = [];
  await eachPage(
    async (after) => {
      const query = { after, limit: 1000 };
      const page = await ask(api.GET('/v1/tokens', { params: { query } }));
      return { rows: page.tokens, next: page.next };
    },
    (rows) => all.push(...rows),
  );
  return all;
}

interface RowProps {
  token: Token;
  onRotate?(): void;
  onRevoke?(): void;
}

function TokenRow({ token, onRotate, onRevoke }: RowProps) {
  const t = useText();
  const now = useNow();
  const { operator } = useSession();
  const name = token.name ?? t.tokens.erased;
  // Recorded, or about to be.
  const expired =
    token.expired_at !== null || (token.expires_at !== null && millis(token.expires_at) <= now);
  return (
    <li className="row-card">
      <div className="grow">
        <div className="row">
          <span className="row-name">{name}</span>
          <span className="pill" title={t.roleHint[token.role]}>
            {t.role[token.role]}
          </span>
          {token.id === operator.id && <span className="pill pill-accent">{t.tokens.you}</span>}
          {expired && <span className="pill pill-danger">{t.tokens.expiredOn}</span>}
        </div>
        <dl className="facts">
          <div>
            <dt>{t.tokens.accounts}</dt>
            <dd>{token.accounts?.join(', ') ?? t.history.fact.allAccounts}</dd>
          </div>
          <div>
            <dt>{t.tokens.lastUsed}</dt>
            <dd>
              {token.last_used_at ? (
                <Time at={token.last_used_at} as="relative" />
              ) : (
                t.tokens.neverUsed
              )}
            </dd>
          </div>
          <div>
            <dt>{t.tokens.expires}</dt>
            <dd>{token.expires_at ? <Time at={token.expires_at} /> : t.tokens.neverExpires}</dd>
          </div>
          <div>
            <dt>{t.tokens.created}</dt>
            <dd>
              <Time at={token.created_at} />
            </dd>
          </div>
        </dl>
      </div>
      <div className="row">
        {onRotate && (
          <Button onPress={onRotate} aria-label={`${t.tokens.rotate}: ${name}`}>
            {t.tokens.rotate}
          </Button>
        )}
        {onRevoke && (
          <Button look="danger" onPress={onRevoke} aria-label={`${t.tokens.revoke}: ${name}`}>
            {t.tokens.revoke}
          </Button>
        )}
      </div>
    </li>
  );
}
