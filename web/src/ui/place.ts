// Where one was on a page, kept for each entry of the browser's history, so that Back and a reload return
// there: how far it was scrolled, and what pages keep beside that by name.
type Place = Record<string, unknown>;

interface Scrolled {
  y: number;
  // What stood at the top and how far from it: lists change meanwhile.
  anchor?: string;
  top?: number;
}

const store = 'places';
const mostPlaces = 50;
const noteAfterMs = 100;
// A page that is read again grows; after this time it is not what it was.
const patienceMs = 5000;

const places = new Map<string, Place>(readPlaces());
let entry = entryNow();
let path = window.location.pathname;
let restoring = false;
let timer: number | undefined;

function readPlaces(): [string, Place][] {
  try {
    return JSON.parse(sessionStorage.getItem(store) ?? '[]') as [string, Place][];
  } catch {
    return [];
  }
}

// The id of the entry that the browser stands at; an open window's is that of its page.
function entryNow(): string {
  const state = window.history.state as { entry?: string } | null;
  if (state?.entry) return state.entry;
  const made = crypto.randomUUID();
  window.history.replaceState({ ...state, entry: made }, '');
  return made;
}

// What a page keeps of itself, for the entry that it was opened at.
export const currentEntry = () => entry;
export function keep(of: string, name: string, value: unknown) {
  const place = { ...places.get(of), [name]: value };
  places.delete(of);
  places.set(of, place);
}
export const kept = <T>(name: string) => places.get(entry)?.[name] as T | undefined;

function noteScroll() {
  window.clearTimeout(timer);
  timer = undefined;
  if (restoring) return;
  const scrolled: Scrolled = { y: window.scrollY };
  for (const element of document.querySelectorAll<HTMLElement>('[data-anchor]')) {
    const { top, bottom } = element.getBoundingClientRect();
    if (bottom <= 0) continue;
    Object.assign(scrolled, { anchor: element.dataset.anchor, top });
    break;
  }
  keep(entry, 'scroll', scrolled);
}

function follow() {
  window.clearTimeout(timer);
  timer = undefined;
  const now = entryNow();
  if (now !== entry) {
    const { pathname } = window.location;
    // Scrolling by a page that goes is none of the one that comes; the same page stays where it is.
    if (pathname !== path) restoring = true;
    else if (!places.has(now)) places.set(now, places.get(entry) ?? {});
    path = pathname;
  }
  entry = now;
}

// Back at the place where this entry was left, or at the top of a new one. Gives what ends it early.
export function returnToPlace(): () => void {
  const scrolled = kept<Scrolled>('scroll');
  const inputs = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;
  let frame = 0;
  const end = () => {
    restoring = false;
    window.cancelAnimationFrame(frame);
    for (const input of inputs) window.removeEventListener(input, end);
  };
  if (!scrolled || scrolled.y === 0) {
    window.scrollTo(0, 0);
    end();
    return end;
  }
  restoring = true;
  for (const input of inputs) window.addEventListener(input, end, { passive: true });
  const until = performance.now() + patienceMs;
  let still = 0;
  const step = () => {
    const anchor = document.querySelector(`[data-anchor="${scrolled.anchor}"]`);
    const wanted = anchor
      ? window.scrollY + anchor.getBoundingClientRect().top - scrolled.top!
      : scrolled.y;
    if (Math.abs(wanted - window.scrollY) > 1) window.scrollTo(0, wanted);
    // There, and nothing moves it any more.
    still = Math.abs(wanted - window.scrollY) <= 1 && (anchor || !scrolled.anchor) ? still + 1 : 0;
    if (still > 10 || performance.now() > until) end();
    else frame = window.requestAnimationFrame(step);
  };
  step();
  return end;
}

window.history.scrollRestoration = 'manual';
window.addEventListener('scroll', () => (timer ??= window.setTimeout(noteScroll, noteAfterMs)), {
  passive: true,
});
for (const input of ['pointerdown', 'keydown']) window.addEventListener(input, noteScroll, true);
// These are what wouter (the router) tells of.
for (const change of ['popstate', 'pushState', 'replaceState']) {
  window.addEventListener(change, follow);
}
window.addEventListener('pagehide', () => {
  noteScroll();
  sessionStorage.setItem(store, JSON.stringify([...places].slice(-mostPlaces)));
});
