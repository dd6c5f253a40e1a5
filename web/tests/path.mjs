// The path of a key: copied, run, watched; what hands it over otherwise, and how long it is good for.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';
import { words } from './words.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const place = '/accounts/acme/gateways';
const phone = { width: 390, height: 844 };
const step = (page, name) => page.locator('.stepper li', { hasText: name });

const w = {
  en: {
    locale: 'en-GB',
    steps: ['Issued', 'Redeemed', 'Green'],
    by: (host) => `by ${host}`,
    redeemedOn: /^The key was redeemed on /,
    connected: (name) => `${name} is connected`,
    slow: 'Nothing has come for a while. What to check:',
    note: 'Note for the installer',
    mail: 'Write an e-mail',
  },
  fr: {
    locale: 'fr-FR',
    steps: ['Émise', 'Utilisée', 'Point vert'],
    by: (host) => `par ${host}`,
    redeemedOn: /^La clé a été utilisée sur /,
    connected: (name) => `${name} est connectée`,
    slow: 'Rien n’est venu depuis un moment. À vérifier :',
    note: 'Note pour l’installateur',
    mail: 'Écrire un courriel',
  },
};

describe('the path of a key', () => {
  let ledger;
  before(async () => {
    ledger = await Ledger.start();
    await ledger.api('PUT', '/v1/accounts/acme');
  });
  after(() => ledger?.stop());

  const add = (name) => ledger.api('POST', '/v1/accounts/acme/gateways', { name });
  const show = async (page, name) => {
    await page
      .getByRole('button', { name: new RegExp(`: ${name}$`) })
      .first()
      .click();
    await page.getByTestId('key').waitFor();
  };

  for (const [language, words] of Object.entries(w)) {
    test(`is watched from the issue to the green dot without a jump, in ${language}`, async () => {
      const name = `Watched ${language}`;
      const { key } = await add(name);
      await withPage(ledger, { path: place, locale: words.locale }, async (page) => {
        await show(page, name);
        const [issued, redeemed, green] = words.steps.map((each) => step(page, each));
        await issued.locator('time').waitFor();
        assert.equal(await redeemed.getAttribute('aria-current'), 'step');
        const height = async () => (await page.locator('.dialog').boundingBox()).height;
        const waiting = await height();
        const installed = ledger.register(key, `watched-${language}`, 'sleep 3');
        await page.getByRole('heading', { name: words.redeemedOn }).waitFor();
        await redeemed.getByText(words.by('')).waitFor();
        assert.equal(await green.getAttribute('aria-current'), 'step');
        // The foot has another button; the rest stays.
        assert.ok(Math.abs((await height()) - waiting) < 3, `${await height()}, ${waiting}`);
        assert.equal(await page.getByTestId('key').count(), 0);
        assert.equal(await installed, 0);
        await page.getByRole('heading', { name: words.connected(name) }).waitFor();
        assert.ok(Math.abs((await height()) - waiting) < 3);
        assert.equal(await page.locator('.stepper-done').count(), 3);
        assert.equal(await page.locator('.stepper [aria-current]').count(), 0);
        // Still, for those who want no motion, and there all the same.
        const mark = page.locator('.outcome-green');
        assert.equal(await mark.evaluate((each) => getComputedStyle(each).animationName), 'none');
        assert.ok((await mark.boundingBox()).width >= 60);
        await page.getByText('latchkey agent --dir ./gateway').waitFor();
        await assertAccessible(page, 'a green dot');
        await screenshot(page, `key-green-${language}`);
      });
    });

    test(`says what to check after five minutes, in ${language}`, async () => {
      const name = `Slow ${language}`;
      await add(name);
      const options = { path: place, locale: words.locale, clock: true };
      await withPage(ledger, options, async (page) => {
        await show(page, name);
        await page.clock.fastForward(4 * 60_000);
        assert.equal(await page.getByText(words.slow).count(), 0);
        await page.clock.fastForward(61_000);
        await page.getByText(words.slow).waitFor();
        await page.getByText(ledger.gateways.replace('https://', '')).last().waitFor();
        assert.equal(await page.locator('.checks-list li').count(), 4);
        await assertAccessible(page, 'what to check');
      });
    });

    test(`a note tells who, what, where and until when, and never the key, in ${language}`, async () => {
      const name = `Noted ${language}`;
      const { id } = await add(name);
      await withPage(ledger, { path: place, locale: words.locale }, async (page) => {
        await show(page, name);
        const key = (await page.getByTestId('key').textContent()).trim();
        await button(page, words.note).click();
        const note = await page.locator('.note-text').textContent();
        for (const part of [name, 'acme', 'owner', ledger.gateways, `/gateways/${id}`, '20'])
          assert.ok(note.includes(part), part);
        const link = await page.getByRole('link', { name: words.mail }).getAttribute('href');
        assert.match(link, /^mailto:\?subject=/);
        for (const text of [note, decodeURIComponent(link), page.url()])
          assert.ok(!text.includes(key) && !text.includes(key.slice(0, 15)));
        await assertAccessible(page, 'a note');
      });
    });
  }

  test('has the key on one line on a phone, and no flag without its value', async () => {
    await add('Phone');
    for (const colorScheme of ['light', 'dark']) {
      await withPage(ledger, { path: place, viewport: phone, colorScheme }, async (page) => {
        await show(page, 'Phone');
        const key = page.getByTestId('key');
        const lines = await key.evaluate((each) => {
          const range = document.createRange();
          range.selectNodeContents(each);
          const tops = [...range.getClientRects()].map(({ top }) => Math.round(top));
          return { count: new Set(tops).size, fits: each.scrollWidth <= each.clientWidth };
        });
        assert.deepEqual(lines, { count: 1, fits: true });
        for (const tab of await page.getByRole('tab').all()) {
          await tab.click();
          const command = page.getByRole('tabpanel').locator('.command');
          assert.equal(await command.evaluate((each) => getComputedStyle(each).whiteSpace), 'pre');
          for (const line of (await command.textContent()).split('\n'))
            assert.doesNotMatch(line, /(?:^| )--(?:url|ca-fingerprint|out|key-file|dir)(?: \\)?$/);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= phone.width);
        await assertAccessible(page, `a key on a phone, ${colorScheme}`);
      });
    }
  });

  test('is handed over as a file or a QR code, and counts as kept then', async () => {
    const { key, id } = await add('Handed');
    await withPage(ledger, { path: place }, async (page) => {
      await show(page, 'Handed');
      await button(page, 'QR code').click();
      const code = page.getByRole('img', { name: 'QR code of key no. 1 of Handed' });
      await code.waitFor();
      // Version 3 within its margin; that it says the key is tested where it is made.
      assert.equal(await code.getAttribute('viewBox'), '0 0 37 37');
      await assertAccessible(page, 'a QR code');
      await page.keyboard.press('Escape');
      assert.ok(await code.isVisible());
      const saving = page.waitForEvent('download');
      await button(page, 'Save as file').click();
      const file = await saving;
      assert.equal(file.suggestedFilename(), `acme-${id}.key`);
      assert.equal(await readFile(await file.path(), 'utf8'), `${key}\n`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    });
  });

  test('a key is generated by one press where that ends nothing, and not by a link', async () => {
    const { id } = await add('Again');
    await ledger.api('DELETE', `/v1/gateways/${id}/key`);
    const state = async () => (await ledger.api('GET', `/v1/gateways/${id}`)).registration_key;
    await withPage(ledger, { path: `/gateways/${id}?window=generate.${id}` }, async (page) => {
      await page.getByRole('alertdialog', { name: 'Generate New Key for Again' }).waitFor();
      assert.equal((await state()).generation, 1);
      await button(page, 'Cancel').click();
      await page.getByRole('alertdialog').waitFor({ state: 'detached' });
      // A lost answer is asked for again, under the same Idempotency-Key.
      const keys = [];
      await page.route('**/key', async (route) => {
        keys.push(route.request().headers()['idempotency-key']);
        if (keys.length === 1) await route.abort();
        else await route.continue();
      });
      await page.getByRole('button', { name: 'Generate New Key: Again' }).click();
      await page.getByRole('alert').waitFor();
      await button(page, 'Try again').click();
      await page.getByTestId('key').waitFor();
      assert.equal((await state()).generation, 2);
      assert.equal(new Set(keys).size, 1);
    });
  });

  test('a key is valid for as long as was typed, within the limits of the server', async () => {
    await withPage(ledger, { path: place }, async (page) => {
      await button(page, words.en.addGateway).click();
      const window = page.getByRole('dialog');
      await window.getByLabel('Name', { exact: true }).fill('Brief');
      await window.getByRole('button', { name: /The key is valid for/ }).click();
      await page.getByRole('option', { name: 'Another time' }).click();
      const amount = window.getByLabel('How long');
      await amount.fill('400');
      await window.getByRole('button', { name: /Unit/ }).click();
      await page.getByRole('option', { name: 'Days' }).click();
      assert.equal(await amount.getAttribute('aria-invalid'), 'true');
      assert.ok(await button(window, 'Add').isDisabled());
      await assertAccessible(page, 'a time that is too long');
      await window.getByRole('button', { name: /Unit/ }).click();
      await page.getByRole('option', { name: 'Minutes' }).click();
      await button(window, 'Add').click();
      await page.getByTestId('key').waitFor();
      const { gateways } = await ledger.api('GET', '/v1/accounts/acme/gateways?name=Brief');
      const { issued_at, expires_at } = gateways[0].registration_key;
      assert.equal(Date.parse(expires_at) - Date.parse(issued_at), 400 * 60_000);
    });
  });
});
