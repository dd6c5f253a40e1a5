// The same done with several gateways: added from a list, given keys, their keys revoked, removed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const path = '/accounts/acme/gateways';
const button = (page, name) => page.getByRole('button', { name, exact: true });
const gone = (window) => window.waitFor({ state: 'detached' });
const words = {
  en: {
    locale: 'en-GB',
    action: 'Add several',
    title: 'Add several gateways',
    text: 'Names or CSV',
    taken: 'A gateway of this name is there already',
    noPrimary: 'No gateway is called Nobody',
    label: 'Not a label: Bad key:1',
    leftOut: '3 lines are left out, for the reasons beside them.',
    submit: 'Add 3 gateways',
    allDone: 'All is done.',
    recorded: /That they were shown to you here is recorded/,
    csv: 'Download CSV with keys',
    close: 'Close',
  },
  fr: {
    locale: 'fr-FR',
    action: 'Ajouter plusieurs',
    title: 'Ajouter plusieurs passerelles',
    text: 'Noms ou CSV',
    taken: 'Une passerelle porte déjà ce nom',
    noPrimary: 'Aucune passerelle ne s’appelle Nobody',
    label: 'Ce n’est pas une étiquette : Bad key:1',
    leftOut: '3 lignes sont laissées de côté, pour les raisons indiquées.',
    submit: 'Ajouter 3 passerelles',
    allDone: 'Tout est fait.',
    recorded: /Leur affichage ici est consigné/,
    csv: 'Télécharger le CSV avec les clés',
    close: 'Fermer',
  },
};
const list = [
  'name;primary;labels',
  'Lille;;"site:Lille; floor:2"',
  'Lille spare;Lille;',
  'Kiosk;;',
  'Nantes;Nobody;',
  'Metz;;Bad key:1',
  '"=Roubaix";;',
].join('\n');

// The rows of the file that the button hands over, without the mark of UTF-8.
async function downloaded(page, name) {
  const coming = page.waitForEvent('download');
  await button(page, name).click();
  const text = await readFile(await (await coming).path(), 'utf8');
  assert.ok(text.startsWith('\ufeff'));
  return text
    .slice(1)
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
}

for (const [language, w] of Object.entries(words)) {
  test(`gateways are added from a list, their keys are a file, in ${language}`, async () => {
    const ledger = await Ledger.start();
    try {
      await ledger.furnish('acme', [{ name: 'Kiosk' }]);
      await withPage(ledger, { path, locale: w.locale }, async (page) => {
        await page.getByRole('article', { name: 'Kiosk' }).waitFor();
        await button(page, w.action).click();
        const window = page.getByRole('dialog', { name: w.title });
        await window.getByLabel(w.text).fill(list);
        for (const problem of [w.taken, w.noPrimary, w.label, w.leftOut])
          await window.getByText(problem).waitFor();
        await assertAccessible(page, 'a list to be added');
        await screenshot(page, `several-${language}`);
        await button(window, w.submit).click();
        await window.getByText(w.allDone).waitFor();
        await window.getByText(w.recorded).waitFor();
        await assertAccessible(page, 'what was added');
        // Keys stay until they were kept.
        await page.keyboard.press('Escape');
        assert.ok(await window.isVisible());
        const [head, ...rows] = await downloaded(page, w.csv);
        assert.deepEqual(head, ['account', 'name', 'id', 'key', 'expires_at', 'outcome']);
        assert.deepEqual(
          rows.map((row) => row[1]),
          ['Lille', 'Lille spare', "'=Roubaix"],
        );
        assert.equal(await ledger.register(rows[1][3], 'spare'), 0);
        await page.keyboard.press('Escape');
        await gone(window);
        const { gateways } = await ledger.api('GET', '/v1/accounts/acme/gateways');
        const [lille, spare] = ['Lille', 'Lille spare'].map((name) =>
          gateways.find((gateway) => gateway.name === name),
        );
        assert.deepEqual(lille.labels, { site: 'Lille', floor: '2' });
        assert.equal(spare.primary, lille.id);
        assert.equal(gateways.length, 4);
      });
    } finally {
      await ledger.stop();
    }
  });
}

test('a list waits where the server says so, and what failed is tried again as it was', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', []);
    await withPage(ledger, { path: `${path}?window=addMany` }, async (page) => {
      const asked = [];
      await page.route('**/v1/accounts/acme/gateways', async (route) => {
        const { name } = route.request().postDataJSON() ?? {};
        if (!name) return route.continue();
        const tries = asked.filter((each) => each.name === name).length;
        asked.push({ name, key: route.request().headers()['idempotency-key'], at: Date.now() });
        if (name === 'One' && tries === 0)
          return route.fulfill({
            status: 429,
            headers: { 'Retry-After': '2', 'Content-Type': 'application/problem+json' },
            body: JSON.stringify({ code: 'rate_limited', detail: '' }),
          });
        return name === 'Two' && tries === 0 ? route.abort() : route.continue();
      });
      await page.getByLabel('Names or CSV').fill('One\n\nTwo\nThree');
      await button(page, 'Add 3 gateways').click();
      await page.getByText('1 has failed').waitFor();
      const of = (name) => asked.filter((each) => each.name === name);
      await button(page, 'Try again what failed').click();
      await page.getByText('All is done.').waitFor();
      assert.ok(of('One')[1].at - of('One')[0].at >= 1900, 'it waits as the answer says');
      for (const name of ['One', 'Two']) {
        assert.equal(of(name).length, 2, name);
        assert.equal(of(name)[0].key, of(name)[1].key, name);
      }
      assert.equal(of('Three').length, 1);
    });
    assert.equal((await ledger.api('GET', '/v1/accounts/acme/gateways')).gateways.length, 3);
  } finally {
    await ledger.stop();
  }
});

async function select(page, names) {
  for (const name of names)
    await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).press('Space');
}

test('keys are generated and revoked for those selected, and they are removed', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [
      { name: 'Office', machine: 'office' },
      { name: 'Kiosk' },
      { name: 'Spare', primary: 'Kiosk' },
      { name: 'Attic' },
      { name: 'Attic spare', primary: 'Attic' },
    ]);
    await withPage(ledger, { path: `${path}?view=tiles` }, async (page) => {
      const bar = page.getByRole('region', { name: 'For those selected' });
      const window = page.getByRole('alertdialog');
      await page.getByRole('article', { name: 'Office' }).waitFor();
      await select(page, ['Office', 'Kiosk', 'Spare']);
      await bar.getByText('3 selected').waitFor();
      await button(bar, 'Generate keys').click();
      await window.getByText('2 active keys stop working at once.').waitFor();
      await window.getByText('1 gateway that is registered get').waitFor();
      await assertAccessible(page, 'generating keys');
      await window.getByText('Also replace').click();
      await button(window, 'Generate 3 keys').click();
      await window.getByText('All is done.').waitFor();
      const rows = await downloaded(page, 'Download CSV with keys');
      assert.equal(rows.length, 4);
      for (const [, , , key] of rows.slice(1)) assert.match(key, /^LK1(-[0-9A-Z]{5}){8}$/);
      await button(window, 'Close').click();
      await gone(window);

      await page.getByRole('radio', { name: 'Table' }).click();
      await page.getByRole('checkbox', { name: 'Select all' }).press('Space');
      await button(bar, 'Unselect').click();
      await select(page, ['Kiosk', 'Spare', 'Office']);
      await button(bar, 'Revoke keys').click();
      await window.getByText('3 active keys stop working at once.').waitFor();
      await button(window, 'Revoke 3 keys').click();
      await window.getByText('All is done.').waitFor();
      await button(window, 'Close').click();
      await gone(window);

      // Attic has a secondary that is not selected.
      await select(page, ['Kiosk', 'Spare', 'Office', 'Attic']);
      await button(bar, 'Remove').click();
      await window.getByText('1 registration ends').waitFor();
      await window.getByText('1 gateway has secondaries that were not selected').waitFor();
      const remove = button(window, 'Remove 3 gateways');
      assert.ok(await remove.isDisabled());
      await assertAccessible(page, 'removing several');
      await screenshot(page, 'several-remove-light');
      await window.getByLabel('To confirm, type how many: 3').fill('3');
      await remove.click();
      await window.getByText('All is done.').waitFor();
      await button(window, 'Close').click();
      await gone(window);
      await page.getByText('2 gateways').first().waitFor();
    });
    const { gateways } = await ledger.api('GET', '/v1/accounts/acme/gateways');
    assert.deepEqual(gateways.map(({ name }) => name).sort(), ['Attic', 'Attic spare']);
  } finally {
    await ledger.stop();
  }
});

test('helpdesk generates keys for several, and ends nothing; an auditor selects nothing', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Office', machine: 'office' }, { name: 'Kiosk' }]);
    const tokenOf = async (role) =>
      (await ledger.api('POST', '/v1/tokens', { name: role, role })).token;
    const where = `${path}?view=table`;
    await withPage(ledger, { path: where, token: await tokenOf('helpdesk') }, async (page) => {
      await page.locator('.table-name').first().waitFor();
      await select(page, ['Office', 'Kiosk']);
      const bar = page.getByRole('region', { name: 'For those selected' });
      const shown = await bar.getByRole('button').allTextContents();
      assert.deepEqual(shown, ['Generate keys', 'Unselect']);
      await button(bar, 'Generate keys').click();
      const window = page.getByRole('alertdialog');
      await window.getByText('1 gateway that is registered').waitFor();
      assert.equal(await window.getByText('Also replace').count(), 0);
      await button(window, 'Generate 1 key').click();
      await window.getByText('All is done.').waitFor();
    });
    await withPage(ledger, { path: where, token: await tokenOf('auditor') }, async (page) => {
      await page.locator('.table-name').first().waitFor();
      assert.equal(await page.getByRole('checkbox').count(), 0);
    });
  } finally {
    await ledger.stop();
  }
});
