// The palette: everything is found by its name, from anywhere, with the keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

// What is asked of the server.
function watchSearches(page) {
  const asked = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/v1/gateways') asked.push(searchParams.get('name'));
  });
  return asked;
}

const w = {
  en: {
    locale: 'en-GB',
    open: 'Search everywhere',
    recent: 'Recent',
    history: 'History',
    none: 'Nothing is called that.',
    generate: (name) => `Generate New Key for ${name}`,
    dark: 'Appearance: Dark',
    keys: 'What the keys do',
    other: ['Language: Français', 'fr'],
    leave: 'Sign out',
    signIn: 'Sign in',
  },
  fr: {
    locale: 'fr-FR',
    open: 'Chercher partout',
    recent: 'Récents',
    history: 'Historique',
    none: 'Rien ne porte ce nom.',
    generate: (name) => `Générer une nouvelle clé pour ${name}`,
    dark: 'Apparence : Sombre',
    keys: 'Ce que font les touches',
    other: ['Langue : English', 'en'],
    leave: 'Se déconnecter',
    signIn: 'Se connecter',
  },
};

describe('the palette', () => {
  let ledger;
  let ids;
  before(async () => {
    ledger = await Ledger.start();
    ids = await ledger.furnish('acme', [{ name: 'Kiosk Lyon' }, { name: 'Warehouse' }]);
    const sites = Array.from({ length: 9 }, (_, n) => ({ name: `Site ${n}` }));
    const others = await ledger.furnish('globex', [{ name: 'Kiosk Genève' }, ...sites]);
    for (const [name, id] of others) ids.set(name, id);
  });
  after(() => ledger?.stop());

  for (const [language, words] of Object.entries(w)) {
    test(`leads to gateways, pages and acts by keyboard alone, in ${language}`, async () => {
      const options = { path: '/accounts/acme/gateways', locale: words.locale };
      await withPage(ledger, options, async (page) => {
        await page.getByRole('article').first().waitFor();
        const field = page.getByRole('combobox', { name: words.open });
        const option = (name) => page.getByRole('option', { name });
        const find = async (text, name, key = 'Control+k') => {
          await page.keyboard.press(key);
          await field.waitFor();
          await page.keyboard.type(text);
          await option(name).first().waitFor();
        };
        // Of another account than the one that is looked at, without its accents.
        await find('kiosk geneve', 'Kiosk Genève');
        const chosen = await field.getAttribute('aria-activedescendant');
        assert.equal(await option('Kiosk Genève').getAttribute('id'), chosen);
        await assertAccessible(page, 'the palette');
        await screenshot(page, `palette-${language}`);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Kiosk Genève' }).waitFor();
        await field.waitFor({ state: 'detached' });

        await find('', words.generate('Kiosk Genève'), '/');
        await page.getByText(words.recent, { exact: true }).waitFor();
        await page.keyboard.type(words.generate('').slice(0, 9));
        await option(words.generate('Kiosk Genève')).waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('alertdialog').waitFor();
        // Over a window the keys are the window's.
        await page.keyboard.press('Control+k');
        assert.equal(await field.count(), 0);
        await page.keyboard.press('Escape');
        await page.getByRole('alertdialog').waitFor({ state: 'detached' });

        await find('kiosk', 'Kiosk Lyon');
        for (const key of ['ArrowDown', 'ArrowUp', 'ArrowUp', 'ArrowDown'])
          await page.keyboard.press(key);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Kiosk Lyon' }).waitFor();

        await find(words.history.toLowerCase(), words.history);
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/accounts\/acme\/history$/);
        await page.keyboard.press('/');
        await field.waitFor();
        await page.keyboard.type('zzz');
        await page.getByText(words.none).waitFor();
        await page.keyboard.press('Escape');

        await find(words.dark, words.dark);
        await page.keyboard.press('Enter');
        assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: words.keys }).waitFor();
        await assertAccessible(page, 'the keys, in the dark');
        await page.keyboard.press('Escape');
        await find('', words.leave);
        await assertAccessible(page, 'the palette, in the dark');
        await page.keyboard.press('Escape');
        await find(words.other[0], words.other[0]);
        await page.keyboard.press('Enter');
        await page.waitForFunction((is) => document.documentElement.lang === is, words.other[1]);
        await page.evaluate((back) => localStorage.setItem('language', back), language);
        await page.reload();
        await page.getByRole('button', { name: words.open }).waitFor();
        await find(words.leave, words.leave);
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: words.signIn, exact: true }).waitFor();
      });
    });
  }

  test('keeps what is typed before it has been fetched', async () => {
    await withPage(ledger, { path: '/tokens' }, async (page) => {
      let fetched;
      const held = new Promise((resolve) => (fetched = resolve));
      await page.route(/\/assets\/Palette-.*\.js$/, async (route) => {
        await held;
        await route.fallback();
      });
      await page.getByRole('heading', { name: 'Tokens' }).waitFor();
      await page.keyboard.press('Control+k');
      await page.keyboard.type('site');
      fetched();
      await page.getByRole('option', { name: 'Site 3' }).waitFor();
      assert.equal(await page.getByRole('combobox').inputValue(), 'site');
    });
  });

  test('says when there are more, asks once for what was typed, and keeps letters where one types', async () => {
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const asked = watchSearches(page);
      await page.getByLabel('Search gateways').click();
      await page.keyboard.type('/?');
      assert.equal(await page.getByLabel('Search gateways').inputValue(), '/?');
      assert.equal(await page.getByRole('dialog').count(), 0);
      await page.getByRole('button', { name: 'Search everywhere' }).click();
      await page.keyboard.type('site');
      await page.getByText('Only the first 8 are shown').waitFor();
      assert.equal(await page.getByRole('option', { name: /^Site \d/ }).count(), 8);
      assert.deepEqual(asked, ['site']);
      await page.getByRole('option', { name: 'Site 3' }).click();
      await page.getByRole('heading', { name: 'Site 3' }).waitFor();
    });
  });

  test('adds a gateway from any page, and not where the role does not allow it', async () => {
    await withPage(ledger, { path: '/tokens' }, async (page) => {
      await page.getByRole('heading', { name: 'Tokens' }).waitFor();
      await page.keyboard.press('/');
      await page.getByRole('combobox').waitFor();
      await page.keyboard.type('add gateway');
      await page.getByRole('option', { name: 'Add a gateway to acme' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Add a gateway' }).waitFor();
      await page.keyboard.press('Escape');
    });
    const { token } = await ledger.api('POST', '/v1/tokens', { name: 'eye', role: 'auditor' });
    const path = `/gateways/${ids.get('Warehouse')}`;
    await withPage(ledger, { path, token }, async (page) => {
      await page.getByRole('heading', { name: 'Warehouse' }).waitFor();
      await page.keyboard.press('/');
      await page.getByRole('option', { name: 'Sign out' }).waitFor();
      for (const none of [/^Add a gateway/, /^Generate/, /^Webhooks/])
        assert.equal(await page.getByRole('option', { name: none }).count(), 0, String(none));
    });
    // The helpdesk generates keys, and replaces no machine.
    const { key } = await ledger.api('POST', `/v1/gateways/${ids.get('Warehouse')}/key/reveal`);
    const helpdesk = { name: 'desk', role: 'helpdesk' };
    const desk = await ledger.api('POST', '/v1/tokens', helpdesk);
    await withPage(ledger, { path, token: desk.token }, async (page) => {
      const generate = page.getByRole('option', { name: 'Generate New Key for Warehouse' });
      const look = async () => {
        await page.keyboard.press('/');
        await page.getByRole('option', { name: 'Sign out' }).waitFor();
        const offered = await generate.count();
        await page.keyboard.press('Escape');
        await page.getByRole('combobox').waitFor({ state: 'detached' });
        return offered;
      };
      await page.getByText('No. 1, active').waitFor();
      assert.equal(await look(), 1);
      assert.equal(await ledger.register(key, 'warehouse'), 0);
      await page.getByText('No. 1, redeemed').waitFor();
      await page.getByRole('meter').waitFor();
      assert.equal(await look(), 0);
      assert.equal(await page.getByRole('option', { name: /^Replace/ }).count(), 0);
    });
  });
});
