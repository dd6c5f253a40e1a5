// Who has gone away is signed out, under a clock that the test moves: the page's own, for the server's
// stands still beside it and would keep a page that asks for news signed in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const path = '/accounts/acme/gateways';
const ended = 'Your session has ended. Please sign in again.';
const heading = (page) => page.getByRole('heading', { name: 'Gateways', exact: true });

// What the server thinks, asked from outside of the page and its clock.
async function sessionOf(page, ledger) {
  const answer = await page.context().request.get(`${ledger.origin}/v1/session`);
  return (await answer.json()).session;
}

// Does this, and waits until the page has heard of it.
async function act(page, type, does) {
  const heard = await page.evaluateHandle((name) => {
    const event = new Promise((done) => window.addEventListener(name, done, { once: true }));
    return { event };
  }, type);
  await does();
  await heard.evaluate(({ event }) => event.then(() => {}));
}

const inputs = [
  ['keydown', (page) => page.keyboard.press('Shift')],
  ['wheel', (page) => page.mouse.wheel(0, 10)],
  ['pointerdown', (page) => page.mouse.click(600, 500)],
];

test('a page without a key or a pointer for half an hour ends its session, an active one does not', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path, clock: true }, async (page) => {
      await heading(page).waitFor();
      const cookies = await page.context().cookies(ledger.origin);
      await page.mouse.move(600, 500);
      for (const [type, does] of inputs) {
        await page.clock.fastForward('29:00');
        await act(page, type, () => does(page));
      }
      await page.clock.fastForward('29:00');
      assert.ok(await heading(page).isVisible());
      assert.ok(await sessionOf(page, ledger), 'it is in use');

      await page.clock.fastForward('02:00');
      await page.getByText(ended).waitFor();
      await page.getByLabel('Operator token').waitFor();
      assert.equal(await page.getByText('Kiosk').count(), 0);
      // Not only this page: the cookie is worth nothing any more, whoever kept it.
      await page.context().addCookies(cookies);
      assert.equal(await sessionOf(page, ledger), null);
    });
  } finally {
    await ledger.stop();
  }
});

test('a page that is used keeps the ones beside it', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', []);
    await withPage(ledger, { path, clock: true }, async (page) => {
      const beside = await page.context().newPage();
      await beside.goto(ledger.origin + path);
      await Promise.all([page, beside].map((each) => heading(each).waitFor()));
      const { clock } = page.context(); // of both
      await clock.fastForward('29:00');
      await act(beside, 'keydown', () => beside.keyboard.press('Shift'));
      await clock.fastForward('29:00');
      assert.ok(await heading(page).isVisible());
      assert.ok(await sessionOf(page, ledger));
      await clock.fastForward('02:00');
      await Promise.all([page, beside].map((each) => each.getByText(ended).waitFor()));
    });
  } finally {
    await ledger.stop();
  }
});
