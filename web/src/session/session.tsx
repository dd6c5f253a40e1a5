// Who is signed in, and what that lets them do. Controls that a role does not allow are not shown;
// the server judges every request anyway (docs/access.md).
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import { retryAfterMs, setCsrfToken, whenSignedOut } from '../api/client';
import { endSession, fetchSession, startSession } from '../api/session';
import type { Session, SignIn } from '../api/types';
import { useIdleSignOut } from './idle';

export type Wish = 'manage' | 'keys' | 'tokens' | 'webhooks' | 'openAccounts';

export function may(session: Session, wish: Wish): boolean {
  const { role, accounts } = session.operator;
  if (session.read_only) return false;
  switch (wish) {
    case 'manage':
      return role === 'owner' || role === 'operator';
    case 'keys':
      return role !== 'auditor';
    case 'tokens':
    case 'webhooks':
      return role === 'owner';
    case 'openAccounts':
      return (role === 'owner' || role === 'operator') && accounts === null;
  }
}

type State =
  | { kind: 'loading' }
  | { kind: 'unreachable' }
  | { kind: 'out'; provider: SignIn['provider']; ended: boolean }
  | { kind: 'in'; session: Session };

interface Value {
  state: State;
  signIn(proof: { token: string } | { code: string }): Promise<void>;
  signOut(everywhere: boolean): Promise<void>;
  reload(): void;
}

const Context = createContext<Value | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: 'loading' });

  const take = useCallback((answer: SignIn, ended: boolean) => {
    setCsrfToken(answer.session?.csrf_token ?? null);
    setState(
      answer.session
        ? { kind: 'in', session: answer.session }
        : { kind: 'out', provider: answer.provider, ended },
    );
  }, []);

  const load = useCallback(
    (ended: boolean) => {
      fetchSession().then(
        (answer) => take(answer, ended),
        () => setState({ kind: 'unreachable' }),
      );
    },
    [take],
  );

  useEffect(() => {
    whenSignedOut(() => load(true));
    load(false);
  }, [load]);

  useEffect(() => {
    if (state.kind !== 'unreachable') return;
    const timer = window.setTimeout(() => load(false), retryAfterMs);
    return () => window.clearTimeout(timer);
  }, [state, load]);

  const signOut = useCallback(
    async (everywhere: boolean) => {
      await endSession(everywhere);
      load(false);
    },
    [load],
  );
  const signOutIdle = useCallback(() => {
    endSession(false).then(
      () => load(true),
      () => load(true),
    );
  }, [load]);
  useIdleSignOut(state.kind === 'in', signOutIdle);

  const value: Value = {
    state,
    signIn: async (proof) => take(await startSession(proof), false),
    signOut,
    reload: () => {
      setState({ kind: 'loading' });
      load(false);
    },
  };
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export function useSessionState(): Value {
  const value = useContext(Context);
  if (!value) throw new Error('useSessionState outside of its provider');
  return value;
}

// For what is shown only to those signed in.
export function useSession(): Session {
  const { state } = useSessionState();
  if (state.kind !== 'in') throw new Error('nobody is signed in');
  return state.session;
}

export const useMay = (wish: Wish) => may(useSession(), wish);
