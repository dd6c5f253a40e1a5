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

test(`a page of ${gateways} gateways is usable soon`, async (t) => {
  const ledger = await Ledger.start({ connections });
  try {
    await fill(ledger);
    await withPage(ledger, { path: '/accounts' }, async (page) => {
      await page.goto(`${ledger.origin}/accounts/many/gateways`);
      const search = page.getByRole('searchbox');
      await search.waitFor();
      // From the start of the navigation to a page that shows tiles and answers to a key.
      await search.press('4');
      const interactive = await page.evaluate(() => performance.now());
      await page.getByText(`${gateways.toLocaleString('en')} gateways`).waitFor();
      const whole = await page.evaluate(() => performance.now());
      await search.fill('site 4711');
      await page.getByRole('article', { name: 'Site 4711' }).waitFor();
      assert.equal(await page.getByRole('article').count(), 1);
      await search.fill('');
      // Few of the thousands are in the page, also at its end.
      // Tiles are measured as they come, so the end moves while one goes towards it.
      const last = page.getByRole('article', { name: `Site ${gateways - 1}`, exact: true });
      const goToTheEnd = () => window.scrollTo(0, document.documentElement.scrollHeight);
      for (let tries = 0; tries < 100 && !(await last.isVisible()); ++tries) {
        await page.evaluate(goToTheEnd);
        await page.waitForTimeout(100);
      }
      assert.ok(await last.isVisible(), 'the last tile is at the end');
      const inPage = await page.getByRole('article').count();
      assert.ok(inPage < 100, `${inPage} tiles in the page`);
      t.diagnostic(
        `interactive after ${interactive.toFixed(0)} ms, all there after ${whole.toFixed(0)} ms`,
      );
      assert.ok(interactive < boundMs, `interactive only after ${interactive} ms`);
    });
  } finally {
    await ledger.stop();
  }
});
