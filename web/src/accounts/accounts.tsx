// The accounts this operator may see, and the one that is looked at now.
import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { api, ask, eachPage, type Refusal } from '../api/client';
import type { Account } from '../api/types';
import { useAnswer } from '../api/useAnswer';

interface Value {
  accounts: Account[] | null;
  refusal: Refusal | null;
  // From the address, else the one looked at last.
  current: string | null;
  look(account: string): void;
  reload(): Promise<void>;
}

const Context = createContext<Value | null>(null);

async function readAccounts(): Promise<Account[]> {
  const all: Account[] = [];
  await eachPage(
    async (after) => {
      const page = await ask(
        api.GET('/v1/accounts', { params: { query: { after, limit: 1000 } } }),
      );
      return { rows: page.accounts, next: page.next };
    },
    (rows) => all.push(...rows),
  );
  return all;
}

export function AccountsProvider({ children }: { children: ReactNode }) {
  const { answer: accounts, refusal, again: reload } = useAnswer(readAccounts);
  const [looked, setLooked] = useState(() => localStorage.getItem('account'));
  const [path] = useLocation();

  const look = useCallback((account: string) => {
    localStorage.setItem('account', account);
    setLooked(account);
  }, []);
  const named = /^\/accounts\/([^/]+)\//.exec(path)?.[1] ?? null;

  const there = (name: string | null) => accounts?.some((each) => each.account === name);
  // One that is not in the list may have been opened since.
  const unknown = accounts !== null && named !== null && !there(named);
  useEffect(() => {
    if (unknown) void reload();
  }, [unknown, named, reload]);
  useEffect(() => {
    if (named && !unknown) look(named);
  }, [named, unknown, look]);
  const last = there(looked) ? looked : (accounts?.[0]?.account ?? null);
  const current = named && !unknown ? named : last;
  return (
    <Context.Provider value={{ accounts, refusal, current, look, reload }}>
      {children}
    </Context.Provider>
  );
}

export function useAccounts(): Value {
  const value = useContext(Context);
  if (!value) throw new Error('useAccounts outside of its provider');
  return value;
}
