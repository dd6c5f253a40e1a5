// From the sign-in page to a copied key without a mouse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

// Far more than any page here has stops.
const maxStops = 60;

// Tabs on until what has the focus is called `name`.
async function tabTo(page, name) {
  for (let stop = 0; stop < maxStops; ++stop) {
    await page.keyboard.press('Tab');
    const called = await page.evaluate(() => {
      const { activeElement: element } = document;
      return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });
    if (called.trim() === name) return;
  }
  assert.fail(`no stop called '${name}'`);
}

test('keyboard only: sign in, add a gateway, copy its key, leave the window', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.api('PUT', '/v1/accounts/acme');
    await withPage(ledger, { token: null, path: '/' }, async (page) => {
      await page.getByLabel('Operator token').waitFor();
      // The field has the focus from the start.
      await page.keyboard.type(ledger.token);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Gateways' }).waitFor();
      await tabTo(page, 'Add gateway');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type('Kiosk');
      await page.keyboard.press('Enter');
      await page.getByTestId('key').waitFor();
      const key = (await page.getByTestId('key').textContent()).trim();
      await tabTo(page, 'Copy key');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await tabTo(page, 'Actions for Kiosk');
      await page.keyboard.press('Enter');
      await page.getByRole('menuitem', { name: 'Generate New Key' }).waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Rename Kiosk' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      // The focus is back where the window came from.
      const focus = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      assert.equal(focus, 'Actions for Kiosk');
    });
  } finally {
    await ledger.stop();
  }
});
