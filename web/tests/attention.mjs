// What the tiles say of keys and of attempts, and what counts as needing attention.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const path = '/accounts/acme/gateways';
const tileOf = (page, name) => page.getByRole('article', { name, exact: true });

test('a replacement key is called one, and says what it retires', async () => {
  const ledger = await Ledger.start();
  try {
    const ids = await ledger.furnish('acme', [
      { name: 'Office', machine: 'office' },
      { name: 'Spare', primary: 'Office', machine: 'spare' },
      { name: 'Kiosk' },
    ]);
    for (const name of ['Office', 'Spare'])
      await ledger.api('POST', `/v1/gateways/${ids.get(name)}/key`, { replace: true });
    const { certificate } = await ledger.api('GET', `/v1/gateways/${ids.get('Office')}`);
    const retires = `certificate ${certificate.sha256.slice(0, 16)}…`;
    await withPage(ledger, { path }, async (page) => {
      const tile = tileOf(page, 'Office');
      await tile.getByText(/^until \d+ \w+ \d{4}$/).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Registration Key: Office' }).count(), 0);
      await tileOf(page, 'Kiosk')
        .getByRole('button', { name: 'Registration Key: Kiosk' })
        .waitFor();
      await screenshot(page, 'replacement-tile-light');
      await tile.getByRole('button', { name: 'Replacement Key: Office' }).click();
      const window = page.getByRole('dialog', { name: 'Replacement Key of Office' });
      await window.getByText(retires).waitFor();
      await window.getByText(/retires the present one: .*127\.0\.0\.1, /).waitFor();
      await page.getByTestId('key').waitFor();
      await assertAccessible(page, 'a replacement key');
      await screenshot(page, 'replacement-key-light');
      await window.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Actions for Spare' }).click();
      await page.getByRole('menuitem', { name: 'Replacement Key' }).waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

test('an account or a gateway that is not there is nothing, without a dot or controls', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    const places = [
      '/accounts/nowhere/gateways',
      '/accounts/nowhere/history',
      '/gateways/gw_zzzzzzzz',
    ];
    for (const place of [...places, '/gateways/none', '/accounts/No_Name/gateways']) {
      await withPage(ledger, { path: place }, async (page) => {
        await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
        for (const none of ['.live', '.page-actions', '.toolbar'])
          assert.equal(await page.locator(none).count(), 0, `${none} on ${place}`);
        // The bar leads to an account that is there.
        await page.getByRole('button', { name: 'Account: acme' }).waitFor();
        await page.getByRole('link', { name: 'Gateways', exact: true }).click();
        await tileOf(page, 'Kiosk').waitFor();
      });
    }
  } finally {
    await ledger.stop();
  }
});

test('secondaries stay in the order of their names as they come', async () => {
  const ledger = await Ledger.start();
  try {
    const ids = await ledger.furnish('acme', [
      { name: 'Kiosk' },
      { name: 'Spare 1', primary: 'Kiosk' },
      { name: 'Spare 10', primary: 'Kiosk' },
    ]);
    await withPage(ledger, { path }, async (page) => {
      await page.locator('.live-on').waitFor();
      const primary = ids.get('Kiosk');
      for (const name of ['Spare 9', 'Backup'])
        await ledger.api('POST', '/v1/accounts/acme/gateways', { name, primary });
      await page.getByRole('button', { name: '4 secondaries: Kiosk' }).click();
      const names = await page.locator('.secondary-name').allTextContents();
      assert.deepEqual(names, ['Backup', 'Spare 1', 'Spare 9', 'Spare 10']);
    });
  } finally {
    await ledger.stop();
  }
});

test('keys that ended unused or end soon, and refused attempts, need attention', async () => {
  const ledger = await Ledger.start({ options: ['--check-in', '1m'] });
  try {
    await ledger.api('PUT', '/v1/accounts/acme');
    const add = (name, seconds) =>
      ledger.api('POST', '/v1/accounts/acme/gateways', { name, expires_in_seconds: seconds });
    const week = 604_800;
    const office = await add('Office', week);
    assert.equal(await ledger.register(office.key, 'office'), 0);
    const quiet = await add('Quiet', week);
    assert.equal(await ledger.register(quiet.key, 'quiet'), 0);
    await add('Fresh', week);
    await add('Ending', 7200);
    await add('Expired', 1);
    const revoked = await add('Revoked', week);
    await ledger.api('DELETE', `/v1/gateways/${revoked.id}/key`);
    await withPage(ledger, { path }, async (page) => {
      const attention = page.getByRole('button', { name: /^Needs attention/ });
      await page.getByRole('button', { name: 'Needs attention 3' }).waitFor();
      await attention.click();
      await tileOf(page, 'Expired').getByText('Key expired').waitFor();
      for (const name of ['Ending', 'Revoked']) await tileOf(page, name).waitFor();
      assert.equal(await page.getByRole('article').count(), 3);

      // Somebody comes with the key that has been used; live, and after a reload.
      assert.notEqual(await ledger.register(office.key, 'thief'), 0);
      for (const look of [() => Promise.resolve(), () => page.reload()]) {
        await look();
        await tileOf(page, 'Office').getByText('Somebody was refused').waitFor();
        await page.getByRole('button', { name: 'Needs attention 4' }).waitFor();
      }
      await screenshot(page, 'attention-light');
      await tileOf(page, 'Office').getByRole('link', { name: 'The attempts' }).click();
      await page.locator('.entry-bad').first().waitFor();
    });
  } finally {
    await ledger.stop();
  }
});
