// The history for those who may not see all of the ledger, and in the console's language.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

test('who did something is named to those who may not look them up', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    const { token } = await ledger.api('POST', '/v1/tokens', {
      name: 'Bob',
      role: 'operator',
      accounts: ['acme'],
    });
    await withPage(ledger, { path: '/accounts/acme/history', token }, async (page) => {
      await page.getByText('owner added the gateway Kiosk').waitFor();
      assert.equal(await page.getByText(/\btok_/).count(), 0);
    });
  } finally {
    await ledger.stop();
  }
});

// The browser's own language is another one than the console's.
const dates = [
  { chosen: 'fr', title: 'Historique · acme · Latchkey', from: 'Du', parts: '31/12/2025' },
  { chosen: 'en', title: 'History · acme · Latchkey', from: 'From', parts: '31/12/2025' },
];

for (const { chosen, title, from, parts } of dates) {
  test(`days and titles are those of the console, in ${chosen}`, async () => {
    const ledger = await Ledger.start();
    try {
      await ledger.furnish('acme', [{ name: 'Kiosk' }]);
      const locale = chosen === 'fr' ? 'en-US' : 'fr-FR';
      await withPage(ledger, { path: '/accounts', locale }, async (page) => {
        await page.evaluate((language) => localStorage.setItem('language', language), chosen);
        await page.goto(`${ledger.origin}/accounts/acme/history`);
        await page.waitForFunction((wanted) => document.title === wanted, title);
        const day = page.getByRole('group', { name: from, exact: true });
        // The day before the month, though the browser has them the other way round.
        await day.getByRole('spinbutton').first().click();
        await page.keyboard.type('31122025');
        await page.waitForURL(/since=2025-12-31/);
        const shown = (await day.textContent()).replaceAll(/[^\d/]/g, '');
        assert.equal(shown, parts);
        await assertAccessible(page, 'a day');
        await screenshot(page, `history-${chosen}`);
        await page.reload();
        await day.getByText('2025').waitFor();
      });
    } finally {
      await ledger.stop();
    }
  });
}
