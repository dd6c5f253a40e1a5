// Ends the session of someone who has gone away. The server ends a session that asks for nothing
// (docs/access.md), but a page that keeps itself fresh asks for as long as it is open; so the page
// counts what its operator does, over all of its tabs.
import { useEffect } from 'react';

// As long as the server's own limit.
const idleMs = 30 * 60_000;
const lookEveryMs = 30_000;
const noteEveryMs = 5_000;
const place = 'last-input';
const inputs = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export function useIdleSignOut(signedIn: boolean, signOut: () => void) {
  useEffect(() => {
    if (!signedIn) return;
    let noted = 0;
    const note = () => {
      const now = Date.now();
      if (now - noted < noteEveryMs) return;
      noted = now;
      localStorage.setItem(place, String(now));
    };
    note();
    for (const input of inputs) window.addEventListener(input, note, { passive: true });
    const timer = window.setInterval(() => {
      if (Date.now() - Number(localStorage.getItem(place)) > idleMs) signOut();
    }, lookEveryMs);
    return () => {
      window.clearInterval(timer);
      for (const input of inputs) window.removeEventListener(input, note);
    };
  }, [signedIn, signOut]);
}
