// The reader's language and appearance, kept in the browser and nowhere else.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { en, type Messages } from './en';
import { fr } from './fr';

export const languages: Record<string, Messages> = { en, fr };
export type Theme = 'system' | 'light' | 'dark';

interface Preferences {
  t: Messages;
  language: string;
  // For Intl: the reader's own variant of the language where there is one, such as en-GB.
  locale: string;
  theme: Theme;
  setLanguage(language: string): void;
  setTheme(theme: Theme): void;
}

const Context = createContext<Preferences | null>(null);

function remembered(name: string, allowed: string[], otherwise: string): string {
  const value = localStorage.getItem(name);
  return value && allowed.includes(value) ? value : otherwise;
}

function firstLanguage(): string {
  const known = navigator.languages.map((l) => l.slice(0, 2)).find((l) => l in languages);
  return remembered('language', Object.keys(languages), known ?? 'en');
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  const [theme, setTheme] = useState(
    () => remembered('theme', ['system', 'light', 'dark'], 'system') as Theme,
  );
  const locale =
    navigator.languages.find((l) => l.slice(0, 2) === language) ??
    (language === 'fr' ? 'fr-FR' : 'en-GB');

  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem('language', language);
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('theme', theme);
  }, [theme]);

  const value = useMemo(
    () => ({ t: languages[language], language, locale, theme, setLanguage, setTheme }),
    [language, locale, theme],
  );
  return (
    <I18nProvider locale={locale}>
      <Context.Provider value={value}>{children}</Context.Provider>
    </I18nProvider>
  );
}

export function usePreferences(): Preferences {
  const value = useContext(Context);
  if (!value) throw new Error('usePreferences outside of its provider');
  return value;
}

export const useText = () => usePreferences().t;
