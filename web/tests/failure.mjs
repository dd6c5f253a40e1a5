// An installation that fails: the tile says why and offers the new key at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';
import { words } from './words.mjs';

const w = words.en;
const button = (page, name) => page.getByRole('button', { name, exact: true });

test('after a failed installation the tile says why and the new key installs', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.api('PUT', '/v1/accounts/acme');
    const added = await ledger.api('POST', '/v1/accounts/acme/gateways', { name: 'Warehouse' });
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const tile = page.getByRole('article', { name: 'Warehouse' });
      await tile.getByRole('button', { name: w.key }).waitFor();
      assert.equal(await ledger.register(added.key, 'warehouse', 'exit 3'), 11);
      await tile.getByText(w.failed).waitFor();
      await tile.getByText(w.commandFailed).waitFor();
      assert.equal(await tile.getByRole('button', { name: w.key }).count(), 0);
      await tile.getByRole('button', { name: w.generateFor }).click();
      await page.getByText(w.waiting).waitFor();
      const key = (await page.getByTestId('key').textContent()).trim();
      assert.equal(await ledger.register(key, 'warehouse', 'true'), 0);
      await page.getByText(w.confirmed).waitFor();
      await button(page, w.close).click();
      await tile.getByText(w.connected, { exact: true }).waitFor();
      assert.equal(await tile.getByText(w.failed).count(), 0);
    });
  } finally {
    await ledger.stop();
  }
});

test('a gateway that no longer checks in turns red, with the reason, without a reload', async () => {
  const ledger = await Ledger.start({ options: ['--check-in', '1s'] });
  try {
    await ledger.furnish('acme', [{ name: 'Lyon', machine: 'lyon' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const tile = page.getByRole('article', { name: 'Lyon' });
      await tile.getByText('Not connected').waitFor();
      await tile.getByText(/^silent for \d+ sec/).waitFor();
      // The reader's zone on the page, the exact time in UTC on hover.
      const time = tile.locator('.dot-line time');
      assert.match(
        await time.getAttribute('title'),
        / · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC$/,
      );
      // What there is none of is not offered; what is asked for by a link is, and can be left.
      assert.equal(await page.getByRole('button', { name: /^Connected/ }).count(), 0);
      await page.goto(`${page.url()}?show=green`);
      await page.getByText(w.none).waitFor();
      await page.getByRole('button', { name: /^Connected 0/ }).click();
      await tile.waitFor();
      await page.getByRole('button', { name: /^Needs attention 1/ }).click();
      await tile.waitFor();
      assert.match(page.url(), /show=attention/);
    });
  } finally {
    await ledger.stop();
  }
});
