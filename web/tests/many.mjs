// 5,000 gateways: how soon the page can be used. The figure is told; the bound is generous, since
// the machine that runs the tests may be busy and the server built to be slow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const gateways = 5000;
const connections = 16;
const boundMs = 10_000;

async function fill(ledger) {
  await ledger.api('PUT', '/v1/accounts/many');
  let n = 0;
  const worker = async () => {
    for (let mine = n++; mine < gateways; mine = n++) {
      await ledger.api('POST', '/v1/accounts/many/gateways', { name: `Site ${mine}` });
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

const interactiveBefore = (t, what, ms) => {
  t.diagnostic(`${what}: interactive after ${ms.toFixed(0)} ms`);
  assert.ok(ms < boundMs, `${what}: interactive only after ${ms} ms`);
};

test(`pages of ${gateways} gateways are usable soon`, async (t) => {
  const ledger = await Ledger.start({ connections });
  try {
    await fill(ledger);
    const where = `${ledger.origin}/accounts/many/gateways`;
    await withPage(ledger, { path: '/accounts' }, async (page) => {
      const search = page.getByRole('searchbox');
      // From the start of the navigation to a page that shows gateways and answers to a key.
      const visit = async (view) => {
        await page.goto(`${where}?view=${view}`);
        const first = view === 'tiles' ? page.getByRole('article') : page.locator('[data-row]');
        await first.first().waitFor();
        await search.press('4');
        interactiveBefore(t, view, await page.evaluate(() => performance.now()));
        await page.getByText(`${gateways.toLocaleString('en')} gateways`).waitFor();
        const whole = await page.evaluate(() => performance.now());
        t.diagnostic(`${view}: all there after ${whole.toFixed(0)} ms`);
        await search.fill('site 4711');
        await first.filter({ hasText: 'Site 4711' }).waitFor();
        assert.equal(await first.count(), 1);
        await search.fill('');
        return first;
      };
      const tiles = await visit('tiles');
      // Few of the thousands are in the page, also at its end.
      // Tiles are measured as they come, so the end moves while one goes towards it.
      const last = page.getByRole('article', { name: `Site ${gateways - 1}`, exact: true });
      const goToTheEnd = () => window.scrollTo(0, document.documentElement.scrollHeight);
      for (let tries = 0; tries < 100 && !(await last.isVisible()); ++tries) {
        await page.evaluate(goToTheEnd);
        await page.waitForTimeout(100);
      }
      assert.ok(await last.isVisible(), 'the last tile is at the end');
      assert.ok((await tiles.count()) < 150, `${await tiles.count()} tiles in the page`);

      const rows = await visit('table');
      await rows.nth(1).waitFor();
      await rows.first().focus();
      await page.keyboard.press('End');
      await page.waitForFunction(
        (name) => document.activeElement?.querySelector('.table-name')?.textContent === name,
        `Site ${gateways - 1}`,
      );
      assert.ok((await rows.count()) < 100, `${await rows.count()} rows in the page`);
      const began = await page.evaluate(() => performance.now());
      // The head stays in sight.
      const sort = page.getByRole('button', { name: 'Sort by Name' });
      assert.ok((await sort.boundingBox()).y > 0, 'the head has gone with the rows');
      await sort.click();
      // The other way round, so that the first is at the end.
      await page.getByRole('link', { name: 'Site 0', exact: true }).waitFor();
      const sorted = await page.evaluate(() => performance.now());
      t.diagnostic(`sorted anew after ${(sorted - began).toFixed(0)} ms`);
    });
  } finally {
    await ledger.stop();
  }
});
