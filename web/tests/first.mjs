// The first run: what is done folds, the key and its command are on the page, and it says what keeps a dot green.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const w = {
  en: {
    locale: 'en-GB',
    waiting: 'Waiting for the installer…',
    show: 'Show the key',
    failed: 'The command that installs the gateway failed.',
    generate: 'Generate New Key',
    connected: 'Kiosk is connected',
    stays: 'It stays green while Kiosk checks in at the interval that the server gives it.',
    silence: 'After two and a half intervals of silence it turns red.',
  },
  fr: {
    locale: 'fr-FR',
    waiting: 'En attente de l’installateur…',
    show: 'Afficher la clé',
    failed: 'La commande qui installe la passerelle a échoué.',
    generate: 'Générer une nouvelle clé',
    connected: 'Kiosk est connectée',
    stays:
      'Il le reste tant que Kiosk donne signe de vie à l’intervalle que le serveur lui indique.',
    silence: 'Après deux intervalles et demi de silence, il devient rouge.',
  },
};

for (const [language, words] of Object.entries(w)) {
  test(`the first run leads to a green dot, also after a failure, in ${language}`, async () => {
    const ledger = await Ledger.start();
    try {
      const options = { path: '/welcome', locale: words.locale };
      await ledger.api('PUT', '/v1/accounts/acme');
      const added = await ledger.api('POST', '/v1/accounts/acme/gateways', { name: 'Kiosk' });
      await withPage(ledger, options, async (page) => {
        const key = page.getByTestId('key');
        // Folded: one line each, with what was done.
        await page.locator('.step-done').nth(1).getByText('Kiosk').waitFor();
        for (const step of await page.locator('.step-done').all())
          assert.ok((await step.boundingBox()).height < 70);
        // A page that is opened anew shows no key by itself.
        assert.equal(await key.count(), 0);
        await page.getByRole('button', { name: words.show }).click();
        assert.equal((await key.textContent()).trim(), added.key);
        await page.getByText(words.waiting).waitFor();
        assert.equal(await page.getByRole('dialog').count(), 0);
        await assertAccessible(page, 'a key on the first run');
        await screenshot(page, `first-run-key-${language}`);
        assert.equal(await ledger.register(added.key, 'kiosk', 'exit 3'), 11);
        await page.getByText(words.failed).waitFor();
        await page.getByRole('button', { name: words.generate }).click();
        await page.waitForFunction((old) => {
          const shown = document.querySelector('[data-testid=key]')?.textContent;
          return shown && shown !== old;
        }, added.key);
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        assert.equal(await ledger.register((await key.textContent()).trim(), 'kiosk'), 0);
        await page.getByRole('heading', { name: words.connected }).waitFor();
        await page.reload();
        await page.getByText(words.stays).waitFor();
        await page.getByText(words.silence).waitFor();
        assert.equal(await page.locator('.step-done').count(), 3);
        await assertAccessible(page, 'a first run that is done');
      });
    } finally {
      await ledger.stop();
    }
  });
}
