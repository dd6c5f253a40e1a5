// All accounts at once: where those begin who see several, what is said of each, and all their gateways.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const words = {
  en: {
    locale: 'en-GB',
    title: 'Overview',
    gateways: 'Gateways',
    attentionIn: 'Need attention in acme: 1',
    shown: '1 of 2 gateways',
    all: '3 All gateways',
    allOf: 'Gateways of all accounts',
    account: 'Sort by Account',
  },
  fr: {
    locale: 'fr-FR',
    title: 'Vue d’ensemble',
    gateways: 'Passerelles',
    attentionIn: 'À surveiller dans acme : 1',
    shown: '1 sur 2 passerelles',
    all: '3 Toutes les passerelles',
    allOf: 'Passerelles de tous les comptes',
    account: 'Trier par Compte',
  },
};
const rows = (page) => page.locator('.table-body').getByRole('row');
const names = (page) => rows(page).getByRole('rowheader').getByRole('link').allTextContents();

describe('the overview', () => {
  let ledger;
  before(async () => {
    ledger = await Ledger.start();
    await ledger.furnish('acme', [
      { name: 'Warehouse', machine: 'warehouse', run: 'exit 3' },
      { name: 'Kiosk' },
    ]);
    await ledger.furnish('globex', [{ name: 'Lab' }]);
  });
  after(() => ledger?.stop());

  for (const [language, w] of Object.entries(words)) {
    test(`is where one begins, and leads to what needs attention, in ${language}`, async () => {
      const options = { path: '/', locale: w.locale };
      await withPage(ledger, options, async (page) => {
        await page.getByRole('heading', { name: w.title }).waitFor();
        assert.match(page.url(), /\/overview$/);
        const nav = page.getByRole('navigation').getByRole('link');
        assert.equal(await nav.first().textContent(), w.title);
        await rows(page).nth(1).waitFor();
        assert.deepEqual(await names(page), ['acme', 'globex']);
        await assertAccessible(page, 'the overview');
        await page.getByRole('link', { name: w.attentionIn }).click();
        await page.getByText(w.shown).waitFor();
        assert.match(page.url(), /\/accounts\/acme\/gateways\?show=attention$/);
        await page.goBack();
        await page.getByRole('link', { name: 'globex' }).click();
        await page.getByRole('heading', { name: w.gateways, exact: true }).waitFor();
        await page.getByRole('article', { name: 'Lab' }).waitFor();
        await page.goBack();
        await page.getByRole('link', { name: w.all }).click();
        await page.getByRole('heading', { name: w.allOf }).waitFor();
      });
    });
  }

  test('is not for those who see one account', async () => {
    const { token } = await ledger.api('POST', '/v1/tokens', {
      name: 'Ada',
      role: 'operator',
      accounts: ['acme'],
    });
    await withPage(ledger, { path: '/', token }, async (page) => {
      await page.getByRole('heading', { name: 'Gateways' }).waitFor();
      assert.equal(await page.getByRole('link', { name: 'Overview' }).count(), 0);
    });
  });

  test('sorts and searches hundreds of accounts, of which few are in the page', async () => {
    const accounts = Array.from({ length: 400 }, (_, n) => ({
      account: `customer-${n}`,
      opened_at: '2026-01-01T00:00:00.000000Z',
      gateways: { green: n, red: n === 123 ? 7 : 0, gray: 1, attention: n === 123 ? 7 : 0 },
      last_event_at: `2026-01-0${n === 77 ? 2 : 1}T00:00:00.000000Z`,
    }));
    const prepare = (page) =>
      page.route('**/v1/overview?*', (route) => route.fulfill({ json: { accounts, next: null } }));
    const options = { path: '/overview', prepare };
    await withPage(ledger, options, async (page) => {
      await rows(page).first().waitFor();
      assert.ok((await rows(page).count()) < 60);
      assert.deepEqual((await names(page)).slice(0, 3), ['customer-0', 'customer-1', 'customer-2']);
      await screenshot(page, 'overview-light');
      const sort = (name) => page.getByRole('button', { name: `Sort by ${name}` });
      const first = async (name) => assert.equal((await names(page))[0], name);
      await sort('Need attention').click();
      await first('customer-123');
      assert.match(page.url(), /sort=attention/);
      await sort('Last activity').click();
      await first('customer-77');
      await sort('Gateways').click();
      await first('customer-399');
      await sort('Gateways').click();
      await first('customer-0');
      assert.equal(
        await page
          .getByRole('columnheader', { name: 'Sort by Gateways' })
          .getAttribute('aria-sort'),
        'descending',
      );
      await page.reload();
      await rows(page).first().waitFor();
      await first('customer-0');
      await page.getByRole('searchbox').fill('MER-38');
      await page.waitForFunction(() => document.querySelectorAll('[data-anchor]').length === 11);
      await page.getByRole('searchbox').fill('nobody');
      await page.getByText('No account matches.').waitFor();
    });
  });

  test('counts anew soon after an event, and every 20 seconds', async () => {
    const { account } = await ledger.api('PUT', '/v1/accounts/initech');
    const options = { path: '/overview', clock: true };
    await withPage(ledger, options, async (page) => {
      await page.locator('.live-on').waitFor();
      const row = page.locator('[data-anchor=initech]');
      await row.getByText('0 gateways').waitFor();
      const heard = page.waitForRequest('**/v1/overview?*');
      await ledger.api('POST', `/v1/accounts/${account}/gateways`, { name: 'One' });
      // The page's clock goes on by itself.
      await heard;
      await row.getByText('Not registered: ').waitFor({ state: 'attached' });
      // Once more when the counts are surely younger than the event, and then by the clock alone.
      for (const ms of [7000, 20_000]) {
        const again = page.waitForRequest('**/v1/overview?*');
        await page.clock.fastForward(ms);
        await again;
      }
    });
  });

  test('asks again for what could not be read', async () => {
    const prepare = (page) => page.route('**/v1/overview?*', (route) => route.abort());
    await withPage(ledger, { path: '/overview', prepare }, async (page) => {
      await page.getByText('The server cannot be reached.').waitFor();
      await page.unroute('**/v1/overview?*');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('link', { name: 'acme', exact: true }).waitFor();
      await page.getByRole('alert').waitFor({ state: 'detached' });
    });
  });

  test('all gateways stand in one list, with their account', async () => {
    const options = { path: '/gateways?view=table' };
    await withPage(ledger, options, async (page) => {
      await rows(page).first().waitFor();
      assert.deepEqual((await names(page)).slice(0, 3), ['Kiosk', 'Lab', 'One']);
      await page.getByRole('button', { name: 'Account: All accounts' }).waitFor();
      await assertAccessible(page, 'all gateways');
      await page.getByRole('button', { name: 'Sort by Account' }).click();
      await page.getByRole('button', { name: 'Sort by Account' }).click();
      await page.waitForFunction(
        () => document.querySelector('.table-body .table-name').textContent === 'One',
      );
      // Whose it is can be searched for too.
      await page.getByRole('searchbox').fill('globex');
      await page.getByText('1 of 4 gateways').waitFor();
      assert.deepEqual(await names(page), ['Lab']);
      await page.getByRole('searchbox').fill('');
      await page.getByRole('radio', { name: 'Tiles' }).click();
      await page.getByRole('article', { name: 'Lab' }).getByText('globex').waitFor();
      // What is added has an account.
      assert.equal(await page.getByRole('button', { name: 'Add gateway' }).count(), 0);
      await page.getByRole('button', { name: 'Account: All accounts' }).click();
      await page.getByRole('menuitemradio', { name: 'globex' }).click();
      await page.getByRole('button', { name: 'Account: globex' }).click();
      await page.getByRole('menuitemradio', { name: 'All accounts' }).click();
      await page.getByRole('heading', { name: 'Gateways of all accounts' }).waitFor();
    });
  });
});
