// Labels and notes: changed in a window, shown wherever the gateway is, and asked for by the address.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const path = '/accounts/acme/gateways';
const button = (page, name) => page.getByRole('button', { name, exact: true });
const words = {
  en: {
    locale: 'en-GB',
    menu: 'Actions for Kiosk',
    action: 'Labels and note',
    window: 'Labels and note of Kiosk',
    key: (n) => `Key of label ${n}`,
    value: (n) => `Value of label ${n}`,
    add: 'Add label',
    note: 'Note',
    save: 'Save',
    only: 'Only site: Lyon',
    without: 'No longer only site: Lyon',
    badKey: /^This is not a key/,
    shown: '1 of 2 gateways',
  },
  fr: {
    locale: 'fr-FR',
    menu: 'Actions pour Kiosk',
    action: 'Étiquettes et note',
    window: 'Étiquettes et note de Kiosk',
    key: (n) => `Clé de l’étiquette ${n}`,
    value: (n) => `Valeur de l’étiquette ${n}`,
    add: 'Ajouter une étiquette',
    note: 'Note',
    save: 'Enregistrer',
    only: 'Seulement site: Lyon',
    without: 'Ne plus se limiter à site: Lyon',
    badKey: /^Ce n’est pas une clé/,
    shown: '1 sur 2 passerelles',
  },
};

for (const [language, w] of Object.entries(words)) {
  test(`labels and a note are given and seen, in ${language}`, async () => {
    const ledger = await Ledger.start();
    try {
      const ids = await ledger.furnish('acme', [{ name: 'Kiosk' }, { name: 'Office' }]);
      await withPage(ledger, { path, locale: w.locale }, async (page) => {
        await button(page, w.menu).click();
        await page.getByRole('menuitem', { name: w.action }).click();
        const window = page.getByRole('dialog', { name: w.window });
        await window.getByLabel(w.key(1)).fill('Bad key');
        await window.getByText(w.badKey).waitFor();
        assert.ok(await button(window, w.save).isDisabled());
        await window.getByLabel(w.key(1)).fill('site');
        await window.getByLabel(w.value(1)).fill(' Lyon ');
        await button(window, w.add).click();
        await window.getByLabel(w.key(2)).fill('floor');
        await window.getByLabel(w.value(2)).fill('2');
        await window.getByLabel(w.note).fill('Ask at the desk.');
        await assertAccessible(page, 'labels and a note');
        await button(window, w.save).click();
        const tile = page.getByRole('article', { name: 'Kiosk' });
        await tile.getByText('floor: 2').waitFor();
        await tile.getByText('Ask at the desk.').waitFor();
        const kiosk = await ledger.api('GET', `/v1/gateways/${ids.get('Kiosk')}`);
        assert.deepEqual(kiosk.labels, { site: 'Lyon', floor: '2' });
        assert.equal(kiosk.note, 'Ask at the desk.');
        await button(tile, w.only).click();
        await page.getByText(w.shown).waitFor();
        assert.match(page.url(), /label=site%3ALyon/);
        await button(page, w.without).click();
        await page.getByRole('article', { name: 'Office' }).waitFor();
        await page.goto(`${ledger.origin}/gateways/${ids.get('Kiosk')}`);
        await page.getByText('site: Lyon').first().waitFor();
        await page.getByText('Ask at the desk.').first().waitFor();
      });
    } finally {
      await ledger.stop();
    }
  });
}

test('labels are chosen together, stand in the address, and can be taken away', async () => {
  const ledger = await Ledger.start();
  try {
    const ids = await ledger.furnish('acme', [{ name: 'A' }, { name: 'B' }, { name: 'C' }]);
    const give = (name, labels) =>
      ledger.api('PATCH', `/v1/gateways/${ids.get(name)}`, { labels, note: `Of ${name}` });
    await give('A', { site: 'Lyon', floor: '1' });
    await give('B', { site: 'Lyon' });
    await withPage(ledger, { path: `${path}?view=table` }, async (page) => {
      const names = async () => {
        await page.locator('.table-name').first().waitFor();
        return await page.locator('.table-name').allTextContents();
      };
      await button(page, 'Labels').click();
      await page.getByRole('menuitemcheckbox', { name: /^site: Lyon/ }).click();
      await page.getByRole('menuitemcheckbox', { name: /^floor: 1/ }).waitFor();
      await assertAccessible(page, 'the menu of labels');
      await page.keyboard.press('Escape');
      await page.getByText('2 of 3 gateways').waitFor();
      assert.deepEqual(await names(), ['A', 'B']);
      await button(page, 'Only floor: 1').click();
      await page.getByText('1 of 3 gateways').waitFor();
      assert.deepEqual(await names(), ['A']);
      await page.reload();
      assert.deepEqual(await names(), ['A']);
      await screenshot(page, 'labels-light');
      // A label's words and the note are searched too.
      await page.goto(`${ledger.origin}${path}?search=of b`);
      await page.getByRole('article', { name: 'B' }).waitFor();
      assert.equal(await page.getByRole('article').count(), 1);

      await button(page, 'Actions for B').click();
      await page.getByRole('menuitem', { name: 'Labels and note' }).click();
      await button(page, 'Remove label 1').click();
      await page.getByLabel('Note', { exact: true }).fill('');
      await button(page, 'Save').click();
      await page.getByText('No gateway matches.').waitFor();
      const { labels, note } = await ledger.api('GET', `/v1/gateways/${ids.get('B')}`);
      assert.deepEqual([labels, note], [{}, null]);
    });
  } finally {
    await ledger.stop();
  }
});
