// Operator tokens: who may do what. A secret is in the answer that makes it, and in the window
// that shows it, until that is closed.
import { Fragment, useState } from 'react';
import { api, ask, eachPage } from '../api/client';
import type { NewToken, Token } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { useMay } from '../session/session';
import { PageHead } from '../shell/page';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { UnreadNotice } from '../ui/window';
import { SessionsSection } from './SessionsSection';
import { TokenTable } from './TokenTable';
import {
  CreateTokenWindow,
  RevokeTokenWindow,
  RotateTokenWindow,
  ShownTokenWindow,
  roles,
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
      <details className="roles">
        <summary>{t.tokens.roles}</summary>
        <dl>
          {roles.map((role) => (
            <Fragment key={role}>
              <dt>{t.role[role]}</dt>
              <dd>{t.roleHint[role]}</dd>
            </Fragment>
          ))}
        </dl>
      </details>
      <UnreadNotice refusal={refusal} again={reload} />
      {tokens?.length === 0 && <div className="empty">{t.tokens.empty}</div>}
      {tokens && tokens.length > 0 && (
        <TokenTable
          tokens={tokens}
          onRotate={owner ? ({ id }) => openWindow(`rotate.${id}`) : undefined}
          onRevoke={owner ? ({ id }) => openWindow(`revoke.${id}`) : undefined}
        />
      )}
      <SessionsSection unread={refusal !== null} />
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
