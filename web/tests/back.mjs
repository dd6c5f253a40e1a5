// Back and a reload return to the place where a page was left; an open window is an entry of the browser's
// history.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const count = 70;
const button = (page, name) => page.getByRole('button', { name, exact: true });
const gone = (window) => window.waitFor({ state: 'detached' });

// How far from the top of the screen it stands, once nothing moves any more.
async function settledTop(locator) {
  await locator.waitFor();
  return await locator.evaluate(async (element) => {
    let [top, still] = [NaN, 0];
    while (still < 20) {
      await new Promise(requestAnimationFrame);
      const now = element.getBoundingClientRect().top;
      still = now === top ? still + 1 : 0;
      top = now;
    }
    return top;
  });
}

// Brings it onto the screen as a reader does, in lists that grow as one scrolls.
async function scrollTo(page, locator) {
  await page.mouse.move(600, 500);
  for (let tries = 0; tries < 200 && !(await locator.isVisible()); ++tries) {
    await page.mouse.wheel(0, 400);
    await page.waitForTimeout(30);
  }
  await locator.scrollIntoViewIfNeeded();
  await page.mouse.wheel(0, 37);
  return await settledTop(locator);
}

async function assertThere(locator, top, what) {
  const now = await settledTop(locator);
  assert.ok(Math.abs(now - top) <= 2, `${what}: at ${now} instead of ${top}`);
}

describe('back', () => {
  let ledger;
  before(async () => {
    ledger = await Ledger.start();
    const names = Array.from({ length: count }, (_, n) => ({ name: `Site ${n}` }));
    await ledger.furnish('acme', [...names, { name: 'Site 3 spare', primary: 'Site 3' }]);
  });
  after(() => ledger?.stop());

  test('leads to the place in the list of gateways, and so does a reload', async () => {
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const tile = page.getByRole('article', { name: 'Site 50', exact: true });
      await page.getByRole('article').first().waitFor();
      const top = await scrollTo(page, tile);
      await tile.getByRole('link', { name: 'Site 50' }).click();
      await page.getByRole('heading', { name: 'Site 50' }).waitFor();
      assert.equal(await page.evaluate(() => window.scrollY), 0, 'a new page begins at its top');
      await page.goBack();
      await assertThere(tile, top, 'back');
      await page.reload();
      await assertThere(tile, top, 'reload');
    });
  });

  test('leads to the place in the history, with the older events that were shown', async () => {
    await withPage(ledger, { path: '/accounts/acme/history' }, async (page) => {
      const older = button(page, 'Show older');
      const entries = page.locator('.entry');
      // A gateway and its key are one row, and a page has fifty events.
      for (const shown of [50, count + 2]) {
        await older.click();
        await page.waitForFunction((n) => document.querySelectorAll('.entry').length >= n, shown);
      }
      const entry = entries.filter({ hasText: 'You added the gateway Site 5' }).last();
      const top = await scrollTo(page, entry);
      await entry.getByRole('link', { name: 'Site 5' }).click();
      await page.getByRole('heading', { name: 'Site 5', exact: true }).waitFor();
      await page.goBack();
      await assertThere(entry, top, 'back');
      await page.reload();
      await assertThere(entry, top, 'reload');
    });
  });

  test('closes a window, which can be linked and reloaded', async () => {
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const window = page.getByRole('dialog');
      await button(page, 'Add gateway').click();
      await window.waitFor();
      const link = page.url();
      await page.goBack();
      await gone(window);
      assert.match(page.url(), /\/accounts\/acme\/gateways$/);
      await page.goForward();
      await window.waitFor();
      await page.reload();
      await window.waitFor();
      await page.keyboard.press('Escape');
      await gone(window);
      assert.match(page.url(), /\/accounts\/acme\/gateways$/);

      await page.goto(link);
      await window.waitFor();
      await button(window, 'Cancel').click();
      await gone(window);
      // Nothing of the window is left behind: one step back is the page before.
      await button(page, 'Add gateway').click();
      await button(window, 'Cancel').click();
      await gone(window);
      await page.getByRole('link', { name: 'Tokens' }).click();
      await page.getByRole('heading', { name: 'Tokens' }).waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'Gateways' }).waitFor();
      assert.equal(await window.count(), 0);
    });
  });

  test('over something unsaved asks, and a key is not shown by a link alone', async () => {
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const window = page.getByRole('dialog');
      await button(page, 'Add gateway').click();
      await window.getByLabel('Name', { exact: true }).fill('Warehouse');
      await page.goBack();
      await button(window, 'Keep it').click();
      assert.equal(await window.getByLabel('Name', { exact: true }).inputValue(), 'Warehouse');
      await button(window, 'Add').click();
      const key = page.getByTestId('key');
      await key.waitFor();
      await page.goBack();
      assert.ok(await key.isVisible());

      const shown = [];
      page.on('request', (request) => request.url().endsWith('/reveal') && shown.push(request));
      await page.reload();
      await button(window, 'Show the key').waitFor();
      assert.equal(shown.length, 0);
      await button(window, 'Show the key').click();
      await key.waitFor();
      assert.equal(shown.length, 1);
      await button(page, 'Copy key').click();
      await button(page, 'Copied').waitFor();
      await page.goBack();
      await gone(key);
      await page.getByRole('heading', { name: 'Gateways' }).waitFor();
    });
    await withPage(ledger, { path: '/tokens' }, async (page) => {
      await button(page, 'Create token').click();
      await page.getByLabel('Whose it is').fill('Ada');
      await page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click();
      const secret = page.getByTestId('secret');
      await secret.waitFor();
      await page.goBack();
      assert.ok(await secret.isVisible());
      await button(page, 'I have kept it').click();
      await page.getByRole('row', { name: 'Ada' }).waitFor();
    });
  });

  test('a linked window is not shown to those whose role does not have it', async () => {
    const { token } = await ledger.api('POST', '/v1/tokens', { name: 'eye', role: 'auditor' });
    const path = '/accounts/acme/gateways?window=add';
    await withPage(ledger, { path, token }, async (page) => {
      await page.getByRole('article').first().waitFor();
      assert.equal(await page.locator('.dialog').count(), 0);
    });
  });
});
