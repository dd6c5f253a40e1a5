// What the palette offers besides gateways: accounts, pages, and acts that the role allows.
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useAccounts } from '../accounts/accounts';
import { isRegistered } from '../gateways/view';
import { forgetNames } from '../history/names';
import { languages, usePreferences, type Theme } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay, useSessionState } from '../session/session';
import type { IconName } from '../ui/icons';
import { openWindow } from '../ui/opened';
import { shownGateway } from './shown';

export type Section = 'recent' | 'gateways' | 'accounts' | 'pages' | 'acts';

export interface Item {
  id: string;
  section: Section;
  text: string;
  hint?: string;
  icon: IconName;
  run(): void;
}

const themes: Theme[] = ['system', 'light', 'dark'];

export function useItems(onKeys: () => void): Item[] {
  const { t } = usePreferences();
  const { accounts } = useAccounts();
  const [, navigate] = useLocation();
  const acts = useActs(onKeys);
  const pages = usePages();
  const ofAccounts = useMemo(
    () =>
      (accounts ?? []).map(({ account }): Item => {
        const to = `/accounts/${account}/gateways`;
        const run = () => navigate(to);
        return {
          id: to,
          section: 'accounts',
          text: account,
          hint: t.app.account,
          icon: 'user',
          run,
        };
      }),
    [accounts, navigate, t],
  );
  return [...ofAccounts, ...pages, ...acts];
}

function usePages(): Item[] {
  const { t } = usePreferences();
  const { accounts, current } = useAccounts();
  const [, navigate] = useLocation();
  const webhooks = useMay('webhooks');
  const pages: [string, string, IconName, string?][] = [
    ['/accounts', t.app.accounts, 'user'],
    ['/tokens', t.app.tokens, 'key'],
    ['/ledger', t.app.ledger, 'shield'],
  ];
  if ((accounts?.length ?? 0) > 1) {
    pages.unshift(
      ['/overview', t.overview.title, 'grid'],
      ['/gateways', t.overview.allGateways, 'list'],
    );
  }
  if (webhooks) pages.splice(2, 0, ['/webhooks', t.webhooks.title, 'plug']);
  if (current) {
    pages.unshift(
      [`/accounts/${current}/gateways`, t.app.gateways, 'grid', current],
      [`/accounts/${current}/history`, t.app.history, 'clock', current],
    );
  }
  return pages.map(([to, text, icon, hint]) => ({
    id: `page ${to}`,
    section: 'pages',
    text,
    hint,
    icon,
    run: () => navigate(to),
  }));
}

function useActs(onKeys: () => void): Item[] {
  const { t, theme, language, setTheme, setLanguage } = usePreferences();
  const { current } = useAccounts();
  const { signOut } = useSessionState();
  const [path, navigate] = useLocation();
  const manage = useMay('manage');
  const keys = useMay('keys');
  const acts: [string, string, IconName, () => void][] = [];
  const gateway = shownGateway();
  if (gateway && (isRegistered(gateway) ? manage : keys)) {
    const words = isRegistered(gateway) ? t.find.replace : t.find.generate;
    const text = fill(words, { name: gateway.name });
    acts.push(['generate', text, 'refresh', () => openWindow(`generate.${gateway.id}`)]);
  }
  if (manage && current) {
    const there = `/accounts/${current}/gateways`;
    const add = () => (path === there ? openWindow('add') : navigate(`${there}?window=add`));
    acts.push(['add', fill(t.find.add, { account: current }), 'plus', add]);
  }
  for (const each of themes.filter((one) => one !== theme)) {
    const text = fill(t.find.appearance, { name: t.app.themes[each] });
    acts.push([each, text, 'sliders', () => setTheme(each)]);
  }
  for (const [key, messages] of Object.entries(languages).filter(([one]) => one !== language)) {
    const text = fill(t.find.language, { name: messages.language });
    acts.push([key, text, 'sliders', () => setLanguage(key)]);
  }
  acts.push(['keys', t.find.keysTitle, 'info', onKeys]);
  const leave = () => {
    forgetNames();
    void signOut(false);
  };
  acts.push(['leave', t.app.signOut, 'user', leave]);
  return acts.map(([id, text, icon, run]) => ({
    id: `act ${id}`,
    section: 'acts',
    text,
    icon,
    run,
  }));
}
