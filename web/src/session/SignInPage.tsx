// Signing in: with a token, through the provider where there is one, or by a one-time link, whose
// code stands behind the # of the address so that no server or proxy on the way ever sees it.
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Refusal } from '../api/client';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { PreferencesMenu } from '../shell/PreferencesMenu';
import { Button, Field, Notice } from '../ui/controls';
import { Mark } from '../ui/icons';
import { RefusalNotice } from '../ui/window';
import { useSessionState } from './session';
import { rememberWanted, wantedFrom } from './wanted';

interface Props {
  provider: { name: string } | null;
  ended: boolean;
}

export function SignInPage({ provider, ended }: Props) {
  const t = useText();
  const [path] = useLocation();
  const search = useSearch();
  const error = new URLSearchParams(search).get('error');
  const { using, refusal } = useLinkCode();
  const back = wantedFrom(path, search);
  useEffect(() => {
    document.title = `${t.signIn.title} · ${t.app.title}`;
  }, [t]);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="brand brand-large">
          <Mark />
          {t.app.title}
        </div>
        <h1>{t.signIn.title}</h1>
        <p className="lead">{t.signIn.lead}</p>
        {ended && !error && <Notice tone="info">{t.signIn.ended}</Notice>}
        {error && (
          <Notice tone="danger" alert>
            {t.signIn.error[error] ?? t.refusal[error] ?? t.signIn.error.unknown}
          </Notice>
        )}
        {using ? (
          <p role="status">{t.signIn.usingCode}</p>
        ) : (
          <>
            {refusal &&
              (refusal.code === 'unauthenticated' ? (
                <Notice tone="danger" alert>
                  {t.signIn.wrongCode}
                </Notice>
              ) : (
                <RefusalNotice refusal={refusal} />
              ))}
            {provider && (
              <>
                <a
                  className="button button-primary button-wide"
                  href={`/v1/session/provider?return=${encodeURIComponent(back)}`}
                  onClick={() => rememberWanted(back)}
                >
                  {fill(t.signIn.provider, { name: provider.name })}
                </a>
                <div className="or">{t.signIn.or}</div>
              </>
            )}
            <TokenForm plain={provider !== null} />
          </>
        )}
      </div>
      <div className="sign-in-foot">
        <PreferencesMenu />
      </div>
    </main>
  );
}

// Signs in with the code of a one-time link, once, and takes it out of the address first.
function useLinkCode() {
  const { signIn } = useSessionState();
  const [, navigate] = useLocation();
  const [code] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get('code'));
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (!code || begun.current) return;
    begun.current = true;
    navigate(window.location.pathname, { replace: true });
    signIn({ code }).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    });
  }, [code, navigate, signIn]);
  return { using: code !== null && refusal === null, refusal };
}

function TokenForm({ plain }: { plain: boolean }) {
  const t = useText();
  const { signIn } = useSessionState();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const wrong = refusal !== null && (refusal.status === 401 || refusal.status === 422);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || token.trim() === '') return;
    setBusy(true);
    setRefusal(null);
    try {
      await signIn({ token: token.trim() });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={send} noValidate>
      <Field
        label={t.signIn.token}
        hint={t.signIn.tokenHint}
        error={wrong ? t.signIn.wrongToken : undefined}
        type="password"
        value={token}
        onChange={(value) => {
          setToken(value);
          setRefusal(null);
        }}
        autoFocus={!plain}
        mono
      />
      {!wrong && <RefusalNotice refusal={refusal} />}
      <Button type="submit" look={plain ? 'plain' : 'primary'} isPending={busy}>
        {t.signIn.submit}
      </Button>
    </form>
  );
}
