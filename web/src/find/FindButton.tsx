// Opens the palette and the window of the keys: by keys from anywhere, and by a button in the bar.
import { useEffect, useRef, useState } from 'react';
import { useRoute } from 'wouter';
import { Button as AriaButton } from 'react-aria-components';
import { useText } from '../i18n/context';
import { useSession } from '../session/session';
import { Icon } from '../ui/icons';
import { later } from '../ui/later';
import { TellWindow } from '../ui/window';
import { noteRecent } from './recent';

const Palette = later(() => import('./Palette'));
const KeysBody = later(() => import('./KeysBody'));

type Open = 'palette' | 'keys' | null;

// Where a key is a letter of a text, or has a meaning of its own.
const takesKeys =
  'input, textarea, select, [contenteditable], [role=menu], [role=listbox], [role=spinbutton]';

export const onMac = /mac|iphone|ipad/i.test(navigator.platform);

// Which of the two a key asks for.
function askedFor(event: KeyboardEvent): Open {
  const { key, altKey } = event;
  const command = onMac ? event.metaKey : event.ctrlKey;
  if (command && !altKey && key.toLowerCase() === 'k') return 'palette';
  const typing = event.target instanceof Element && event.target.closest(takesKeys);
  if (typing || event.ctrlKey || event.metaKey || altKey) return null;
  return key === '/' ? 'palette' : key === '?' ? 'keys' : null;
}

export function FindButton() {
  const t = useText();
  const [open, setOpen] = useState<Open>(null);
  const close = () => {
    early.current = null;
    setOpen(null);
  };
  const keys = onMac ? t.find.shortcutMac : t.find.shortcut;
  // What is typed before the palette has been fetched is typed into it.
  const early = useRef<string | null>(null);
  const openPalette = () => {
    early.current = '';
    setOpen('palette');
  };
  const takeEarly = () => {
    const text = early.current ?? '';
    early.current = null;
    return text;
  };
  useNoteRecent();
  useEffect(() => {
    const take = (event: KeyboardEvent) => {
      if (early.current !== null && event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
        early.current += event.key;
        event.preventDefault();
        return;
      }
      const asked = askedFor(event);
      // A window is answered first.
      if (!asked || document.querySelector('.overlay')) return;
      event.preventDefault();
      if (asked === 'palette') early.current = '';
      setOpen(asked);
    };
    window.addEventListener('keydown', take);
    return () => window.removeEventListener('keydown', take);
  }, []);
  return (
    <>
      <AriaButton className="icon-button find-button" onPress={openPalette}>
        <Icon name="search" />
        <span className="visually-hidden">{t.find.open}</span>
        <kbd>{keys}</kbd>
      </AriaButton>
      {open === 'palette' && (
        <Palette takeEarly={takeEarly} onClose={close} onKeys={() => setOpen('keys')} />
      )}
      {open === 'keys' && (
        <TellWindow title={t.find.keysTitle} onClose={close}>
          <KeysBody />
        </TellWindow>
      )}
    </>
  );
}

function useNoteRecent() {
  const { operator } = useSession();
  const [, params] = useRoute('/gateways/:gateway');
  const gateway = params?.gateway;
  useEffect(() => {
    if (gateway) noteRecent(operator.id, gateway);
  }, [operator.id, gateway]);
}
