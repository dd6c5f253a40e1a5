// The window that is open stands in the address, as `?window=rename.gtw_…`, and is an entry of the browser's
// history: it can be linked and reloaded, and Back closes it. What holds something unsaved stays, and asks.
import { useMemo, useSyncExternalStore } from 'react';
import { heldWindow } from './unsaved';

const name = 'window';
const listeners = new Set<() => void>();

const inAddress = () => new URLSearchParams(window.location.search).get(name);

let opened = inAddress();
let path = window.location.pathname;
// Opened by a control of this page, not by a link or a reload.
let pressed = false;
let closing: number | undefined;

function set(value: string | null, byControl: boolean) {
  opened = value;
  path = window.location.pathname;
  pressed = byControl;
  for (const listener of listeners) listener();
}

function addressWith(value: string | null): string {
  const query = new URLSearchParams(window.location.search);
  if (value === null) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  return window.location.pathname + (text ? `?${text}` : '');
}

type State = { window?: boolean } | null;
const state = () => window.history.state as State;

export function openWindow(value: string) {
  window.clearTimeout(closing);
  closing = undefined;
  set(value, true);
  // A window that follows another takes its place.
  if (inAddress() !== null) window.history.replaceState(state(), '', addressWith(value));
  else window.history.pushState({ ...state(), window: true }, '', addressWith(value));
}

export function closeWindow() {
  set(null, false);
  window.clearTimeout(closing);
  // What follows at once may open the next one.
  closing = window.setTimeout(() => {
    if (state()?.window) window.history.back();
    else {
      closing = undefined;
      window.history.replaceState(state(), '', addressWith(null));
    }
  });
}

function follow(event: Event) {
  if (closing !== undefined) {
    if (event.type === 'popstate') closing = undefined;
    return;
  }
  const now = inAddress();
  if (now === opened) return;
  const held = heldWindow();
  if (opened !== null && held && window.location.pathname === path) {
    window.history.pushState({ ...state(), window: true }, '', addressWith(opened));
    held();
    return;
  }
  set(now, false);
}
for (const change of ['popstate', 'pushState', 'replaceState']) {
  window.addEventListener(change, follow);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export interface Opened<K extends string> {
  kind: K;
  // What it is about, '' where that is clear.
  id: string;
  pressed: boolean;
}

// The open window if it is one of these, which must always be the same list.
export function useOpened<K extends string>(kinds: readonly K[]): Opened<K> | null {
  const value = useSyncExternalStore(subscribe, () => opened);
  return useMemo(() => {
    if (value === null) return null;
    const [first, id = ''] = value.split('.');
    const kind = kinds.find((each) => each === first);
    return kind ? { kind, id, pressed } : null;
  }, [value, kinds]);
}
