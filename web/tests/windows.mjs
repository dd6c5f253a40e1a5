// What all windows have in common (src/ui/window.tsx), on those that no other test opens: they close
// when their request is done and not before, and a refusal is said in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const gone = (window) => window.waitFor({ state: 'detached' });

async function choose(page, gateway, item) {
  await button(page, `Actions for ${gateway}`).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

test('an account is opened in a window that closes when the account is there', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', []);
    await withPage(ledger, { path: '/accounts' }, async (page) => {
      await button(page, 'Open account').click();
      const window = page.getByRole('dialog');
      await window.getByLabel('Account name').fill('globex');
      // A second press while the first is under way asks for nothing more.
      const asked = [];
      let pressedTwice;
      const held = new Promise((resolve) => (pressedTwice = resolve));
      await page.route('**/v1/accounts/globex', async (route) => {
        asked.push(route);
        await held;
        await route.continue();
      });
      const underWay = page.waitForRequest('**/v1/accounts/globex');
      await page.keyboard.press('Enter');
      await underWay;
      await page.keyboard.press('Enter');
      assert.ok(await window.isVisible());
      pressedTwice();
      await gone(window);
      await page.getByRole('link', { name: 'globex' }).waitFor();
      assert.equal(asked.length, 1);
    });
  } finally {
    await ledger.stop();
  }
});

test('a window stays open over a refusal, and asks again', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      await choose(page, 'Kiosk', 'Revoke key');
      const window = page.getByRole('alertdialog', { name: 'Revoke the key?' });
      const keys = [];
      await page.route('**/key', async (route) => {
        keys.push(route.request().headers()['idempotency-key']);
        if (keys.length === 1) await route.abort();
        else await route.continue();
      });
      await button(window, 'Revoke key').click();
      await window.getByRole('alert').waitFor();
      await button(window, 'Revoke key').click();
      await gone(window);
      // The same was asked for, under the same key.
      assert.equal(keys.length, 2);
      assert.equal(keys[0], keys[1]);
    });
  } finally {
    await ledger.stop();
  }
});

test('a gateway with secondaries is not removed: its window says why, and closes', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }, { name: 'Spare', primary: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      await choose(page, 'Kiosk', 'Remove');
      const window = page.getByRole('dialog');
      await window.getByText('It still has secondaries.').waitFor();
      await button(window, 'Close').click();
      await gone(window);

      await choose(page, 'Spare', 'Remove');
      const asking = page.getByRole('alertdialog');
      await button(asking, 'Cancel').click();
      await gone(asking);
      await page.getByRole('article', { name: 'Kiosk' }).waitFor();
    });
  } finally {
    await ledger.stop();
  }
});
