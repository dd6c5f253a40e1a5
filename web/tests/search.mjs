// Looking for gateways: what is found, what is said of it, and what stands in the title.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

test('the head counts what is shown, a secondary that matches is marked, accents do not matter', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [
      { name: 'Siège' },
      { name: 'Café', primary: 'Siège' },
      { name: 'Kiosk' },
    ]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const search = page.getByRole('searchbox');
      const head = (words) => page.locator('.page-head').getByText(words, { exact: true });
      await head('3 gateways').waitFor();
      assert.equal(await page.title(), 'Gateways · acme · Latchkey');
      await search.fill('siege');
      await head('1 of 3 gateways').waitFor();
      assert.equal(await page.getByText('Match', { exact: true }).count(), 0);
      await search.fill('CAFE');
      await head('1 of 3 gateways').waitFor();
      const match = page.locator('.secondary-match');
      assert.match(await match.textContent(), /Café.*Match/);
      await assertAccessible(page, 'a match');
      await screenshot(page, 'match-light');
      await search.fill('');
      await head('3 gateways').waitFor();
      const gray = page.getByRole('button', { name: 'Not registered 3' });
      await gray.click();
      assert.equal(await gray.getAttribute('aria-pressed'), 'true');
      assert.match(page.url(), /show=gray/);
      await search.fill('nothing');
      await page.getByRole('button', { name: 'Show all' }).click();
      await head('3 gateways').waitFor();
      assert.match(page.url(), /gateways$/);
      await page.getByRole('link', { name: 'Kiosk' }).click();
      await page.waitForFunction(() => document.title === 'Kiosk · acme · Latchkey');
    });
  } finally {
    await ledger.stop();
  }
});

test('a primary with five secondaries says why it has no sixth', async () => {
  const ledger = await Ledger.start();
  try {
    const spares = [1, 2, 3, 4, 5].map((n) => ({ name: `Spare ${n}`, primary: 'Kiosk' }));
    await ledger.furnish('acme', [{ name: 'Kiosk' }, ...spares, { name: 'Office' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const addTo = async (name) => {
        await page.getByRole('button', { name: `Actions for ${name}` }).click();
        await page.getByRole('menuitem', { name: 'Add secondary' }).click();
      };
      await addTo('Kiosk');
      const window = page.getByRole('dialog');
      await window.getByText('five secondaries, which is the most').waitFor();
      await window.getByRole('button', { name: 'Close' }).click();
      await window.waitFor({ state: 'detached' });
      await addTo('Office');
      await window.getByLabel('Name', { exact: true }).waitFor();
    });
  } finally {
    await ledger.stop();
  }
});
