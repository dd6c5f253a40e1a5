// A ledger that was restored from a backup: what awaits acceptance, and accepting it one by one and
// all at once. And what the page of the ledger says about backups and drills.
import { after, before, describe, test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger, latchkey } from './support/ledger.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const inDialog = (page, name) => page.locator('.dialog').getByRole('button', { name, exact: true });
const waiting = (n) => `${n} gateways were registered before the ledger was restored`;
const oneWaits = '1 gateway was registered before the ledger was restored';

describe('a restored ledger', () => {
  let lost;
  let ledger;
  let ids;
  let backup;
  before(async () => {
    lost = await Ledger.start();
    ids = await lost.furnish('acme', [
      { name: 'Lyon', machine: 'lyon' },
      { name: 'Paris', machine: 'paris' },
      { name: 'Nice', machine: 'nice' },
    ]);
    backup = ['--passphrase-file', path.join(lost.directory, 'passphrase')];
    await writeFile(backup[1], 'correct horse\n', { mode: 0o600 });
    const place = path.join(lost.directory, 'backup');
    await latchkey('backup', place, '--data', lost.data, ...backup);
    ledger = await Ledger.start({
      prepare: (data) => latchkey('restore', place, '--data', data, ...backup),
    });
  });
  after(async () => {
    await ledger?.stop();
    await lost?.stop();
  });

  test('its page says what to type, and when that was done', async () => {
    await withPage(ledger, { path: '/ledger' }, async (page) => {
      await page.getByText('never been backed up').waitFor();
      await page.getByText(waiting(3)).waitFor();
      await assertAccessible(page, 'the page of a restored ledger');
      await screenshot(page, 'ledger-restored-light');
      const place = path.join(ledger.directory, 'backup');
      await latchkey('backup', place, '--data', ledger.data, ...backup);
      await page.reload();
      await page.getByText(/^just now, \d+ events$/).waitFor();
      await page.getByText('No drill has shown yet').waitFor();
      await latchkey('drill', '--data', ledger.data, '--backup', place, ...backup);
      await page.reload();
      await page.getByText(waiting(3)).waitFor();
      await page.getByText('No drill has shown yet').waitFor({ state: 'detached' });
    });
  });

  test('registrations are accepted one by one, by account, and seen to be', async () => {
    await withPage(ledger, { path: `/gateways/${ids.get('Lyon')}` }, async (page) => {
      await page.getByText('This gateway was registered before').waitFor();
      await assertAccessible(page, 'a gateway to be accepted');
      await button(page, 'Accept').click();
      await inDialog(page, 'Accept').click();
      await page.getByText('This gateway was registered before').waitFor({ state: 'detached' });
      await page.goto(`${ledger.origin}/accounts/acme/gateways`);
      await page.getByText(waiting(2)).waitFor();
      await screenshot(page, 'gateways-restored-light');
      await button(page, 'Accept all of this account').click();
      await assertAccessible(page, 'the window that accepts all of an account');
      await inDialog(page, 'Cancel').click();
      await page.getByRole('button', { name: 'Actions for Paris' }).click();
      await page.getByRole('menuitem', { name: 'Accept' }).click();
      await inDialog(page, 'Accept').click();
      await page.getByText(oneWaits).waitFor();
      await button(page, 'Accept all of this account').click();
      await inDialog(page, 'Accept').click();
      await page.getByText(oneWaits).waitFor({ state: 'detached' });
      await page.goto(`${ledger.origin}/ledger`);
      await page.getByText('0 gateways').waitFor();
    });
  });
});
