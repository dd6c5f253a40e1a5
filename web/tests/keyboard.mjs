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

// Waits until the field that is called `label` has the focus.
const focused = (page, label) =>
  page.waitForFunction((name) => document.activeElement?.labels?.[0]?.textContent === name, label);

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

test('keyboard only: from an empty ledger to ten gateways, one of them found, one that failed', async () => {
  const ledger = await Ledger.start();
  try {
    await withPage(ledger, { path: '/' }, async (page) => {
      const type = async (text) => {
        await page.keyboard.type(text);
        await page.keyboard.press('Enter');
      };
      // The first run: its fields have the focus, one after another.
      await focused(page, 'Account name');
      await type('acme');
      await focused(page, 'Name');
      await type('Site 1');
      const key = page.getByTestId('key');
      await key.waitFor();
      await tabTo(page, 'Copy key');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      // The other ways to install are one stop, and the arrows lead through them.
      await tabTo(page, 'Linux');
      await page.keyboard.press('ArrowRight');
      await page.getByRole('tabpanel', { name: 'systemd' }).waitFor();
      assert.equal(await ledger.register((await key.textContent()).trim(), 'one'), 0);
      await page.getByRole('heading', { name: 'Site 1 is connected' }).waitFor();
      await tabTo(page, 'Go to the gateways');
      await page.keyboard.press('Enter');
      await page.getByRole('article', { name: 'Site 1', exact: true }).waitFor();

      for (let n = 2; n <= 10; ++n) {
        await tabTo(page, 'Add gateway');
        await page.keyboard.press('Enter');
        await focused(page, 'Name');
        await type(`Site ${n}`);
        await page.getByRole('dialog', { name: `Registration Key of Site ${n}` }).waitFor();
        await key.waitFor();
        await tabTo(page, 'Close');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      const { gateways } = await ledger.api('GET', '/v1/accounts/acme/gateways');
      assert.equal(gateways.length, 10);

      const find = async (name) => {
        await page.keyboard.press('/');
        await page.getByRole('combobox').waitFor();
        await page.keyboard.type(name);
        await page.getByRole('option', { name }).first().waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name, exact: true }).waitFor();
      };
      await find('Site 7');
      const { key: old } = await ledger.api(
        'POST',
        `/v1/gateways/${gateways.find(({ name }) => name === 'Site 7').id}/key/reveal`,
      );
      assert.equal(await ledger.register(old, 'seven', 'exit 3'), 11);
      const summary = page.locator('summary', { hasText: 'What the installer reported' });
      await summary.waitFor();
      await tabTo(page, 'What the installer reported');
      await page.keyboard.press('Enter');
      await page.getByText('The command ended with exit status 3.').first().waitFor();
      await tabTo(page, 'Generate New Key: Site 7');
      await page.keyboard.press('Enter');
      await key.waitFor();
      assert.notEqual((await key.textContent()).trim(), old);
    });
  } finally {
    await ledger.stop();
  }
});
