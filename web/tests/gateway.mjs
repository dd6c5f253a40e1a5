// The page of one gateway, and why its installation failed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const w = {
  en: {
    locale: 'en-GB',
    connected: 'Connected',
    acts: ['Replace machine', 'Deregister'],
    menu: 'Actions for Office',
    items: ['Rename', 'Labels and note', 'Add secondary', 'Remove'],
    life: 'Life of the certificate',
    places: [/^issued /, /^renews from /, /^ends /],
    first: 'It checked in for the first time: it is registered',
    output: 'What the installer reported',
  },
  fr: {
    locale: 'fr-FR',
    connected: 'Connectée',
    acts: ['Remplacer la machine', 'Désenregistrer'],
    menu: 'Actions pour Office',
    items: ['Renommer', 'Étiquettes et note', 'Ajouter une secondaire', 'Supprimer'],
    life: 'Vie du certificat',
    places: [/^émis le /, /^à renouveler dès le /, /^expire le /],
    first: 'Elle a donné son premier signe de vie : elle est enregistrée',
    output: 'Ce que l’installateur a signalé',
  },
};

describe('the page of a gateway', () => {
  let ledger;
  let ids;
  before(async () => {
    ledger = await Ledger.start();
    ids = await ledger.furnish('acme', [
      { name: 'Office', machine: 'office' },
      { name: 'Warehouse', machine: 'warehouse', run: 'exit 3' },
    ]);
  });
  after(() => ledger?.stop());

  for (const [language, words] of Object.entries(w)) {
    test(`says what it is, and has in sight what ends it, in ${language}`, async () => {
      for (const colorScheme of ['light', 'dark']) {
        const path = `/gateways/${ids.get('Office')}`;
        await withPage(ledger, { path, locale: words.locale, colorScheme }, async (page) => {
          const head = page.locator('.page-title');
          await head.getByText(words.connected, { exact: true }).waitFor();
          for (const act of words.acts) await page.getByRole('button', { name: act }).waitFor();
          await page.getByRole('button', { name: words.menu }).click();
          const items = page.getByRole('menuitem');
          await items.first().waitFor();
          assert.deepEqual(await items.allTextContents(), words.items);
          await page.keyboard.press('Escape');

          const life = page.getByRole('meter', { name: words.life });
          assert.equal(await life.getAttribute('aria-valuenow'), '0');
          const said = await page.locator('.life-words time').allTextContents();
          words.places.forEach((place, n) => assert.match(said[n], place));
          // The beginning is reckoned from the two others: it is when the certificate was issued.
          const begin = await page.locator('.life-words time').first().getAttribute('datetime');
          const gateway = await ledger.api('GET', `/v1/gateways/${ids.get('Office')}`);
          const issued = Date.parse(gateway.registration_key.redeemed_at);
          assert.ok(Math.abs(Date.parse(begin) - issued) < 120_000, begin);

          await page.getByText(words.first).waitFor();
          assert.equal(await page.locator('.entry a[href^="/gateways/"]').count(), 0);
          await assertAccessible(page, `a gateway, ${colorScheme}`);
          await screenshot(page, `gateway-${language}-${colorScheme}`);
        });
      }
    });

    test(`shows what the installer reported when asked, in ${language}`, async () => {
      const places = [`/gateways/${ids.get('Warehouse')}`, '/accounts/acme/gateways'];
      for (const path of places) {
        await withPage(ledger, { path, locale: words.locale }, async (page) => {
          const summary = page.locator('summary', { hasText: words.output });
          const report = page.locator('.reported pre');
          await summary.waitFor();
          assert.ok(!(await report.isVisible()));
          await summary.focus();
          await page.keyboard.press('Enter');
          assert.equal(await report.textContent(), 'The command ended with exit status 3.');
          assert.ok(await report.isVisible());
          await assertAccessible(page, 'a report');
        });
      }
    });
  }

  test('has nothing in sight for those who may not', async () => {
    const { token } = await ledger.api('POST', '/v1/tokens', { name: 'eye', role: 'helpdesk' });
    const path = `/gateways/${ids.get('Office')}`;
    await withPage(ledger, { path, token }, async (page) => {
      await page.getByRole('meter').waitFor();
      for (const act of w.en.acts)
        assert.equal(await page.getByRole('button', { name: act }).count(), 0);
    });
  });
});
