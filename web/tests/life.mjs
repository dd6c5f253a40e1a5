// The whole life of a key, with a real installer beside the browser, in both languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';
import { words } from './words.mjs';

const shownKey = async (page) => (await page.getByTestId('key').textContent()).trim();
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function choose(page, w, gateway, item) {
  await button(page, w.menu(gateway)).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

// From an empty ledger to a green dot, on the first-run page.
async function firstRun(page, ledger, w) {
  await page.getByRole('heading', { name: w.welcome }).waitFor();
  await page.getByLabel(w.accountName).fill('acme');
  await button(page, w.openAccount).click();
  await page.getByLabel(w.name, { exact: true }).fill('Siège');
  await button(page, w.add).click();
  await page.getByText(w.waiting).waitFor();
  const key = await shownKey(page);
  assert.match(key, /^LK1(-[0-9A-HJKMNP-TV-Z]{5}){8}$/);
  await button(page, w.copyKey).click();
  await button(page, w.copied).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  await button(page, w.copyCommand).click();
  const command = await page.waitForFunction(async () => {
    const text = await navigator.clipboard.readText();
    return text.startsWith('latchkey register') && text;
  });
  const text = (await command.jsonValue()).replaceAll('\\\n', ' ').replaceAll(/ +/g, ' ');
  assert.match(text, /^latchkey register --url https:\S+ --ca-fingerprint sha256:[0-9a-f]{64}$/);
  assert.ok(text.includes(ledger.gateways));

  assert.equal(await ledger.register(key, 'first'), 0);
  // Without a reload: the page follows the gateway.
  await page.getByText(w.confirmed).waitFor();
  await page.getByRole('heading', { name: w.isConnected('Siège') }).waitFor();
  await page.getByRole('link', { name: w.toGateways }).click();
}

// A registered gateway has no key to show; replacing its machine is a deliberate act.
async function replaceMachine(page, ledger, w) {
  const tile = page.getByRole('article', { name: 'Siège' });
  await tile.getByText(w.connected, { exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: w.key }).count(), 0);
  await choose(page, w, 'Siège', w.replace);
  await page.getByText(w.replaceKeeps).waitFor();
  assert.ok(await button(page, w.replaceButton).isDisabled());
  await page.getByText(w.replaceWish).click();
  await button(page, w.replaceButton).click();
  await page.getByText(w.waiting).waitFor();
  const key = await shownKey(page);
  // The old machine keeps its green dot until the new one is there.
  assert.equal(await tile.locator('.dot-green').count(), 1);
  assert.equal(await ledger.register(key, 'second'), 0);
  await page.getByText(w.confirmed).waitFor();
  await button(page, w.close).click();
}

async function endIt(page, ledger, w, renamed) {
  const tile = page.getByRole('article', { name: renamed });
  await choose(page, w, renamed, w.deregister);
  assert.ok(await button(page, w.deregister).isDisabled());
  await page.getByLabel(w.typeName(renamed)).fill(renamed);
  await button(page, w.deregister).click();
  await tile.getByText(w.notRegistered).waitFor();

  // A new key at once, for it ends nothing; and the next one ends it, with a clear word.
  await tile.getByRole('button', { name: w.generateFor }).click();
  await page.getByText(w.waiting).waitFor();
  const spent = await shownKey(page);
  await button(page, w.generate).click();
  await page.getByText(w.endsKey(3)).waitFor();
  await button(page, w.generate).click();
  await page.waitForFunction((old) => {
    const shown = document.querySelector('[data-testid=key]')?.textContent;
    return shown && shown !== old;
  }, spent);
  assert.equal(await ledger.register(spent, 'late'), 10);
  // Someone else generates one: the window says that this key is worth nothing now.
  const { id } = (await ledger.api('GET', '/v1/accounts/acme/gateways')).gateways[0];
  await ledger.api('POST', `/v1/gateways/${id}/key`);
  await page.getByText(w.ended).waitFor();
  await button(page, w.close).click();

  await choose(page, w, renamed, w.remove);
  await page.getByLabel(w.typeName(renamed)).fill(renamed);
  await button(page, w.remove).click();
  await page.getByText(w.empty).waitFor();
}

for (const [language, w] of Object.entries(words)) {
  test(`the whole life of a key, in ${language}`, async () => {
    const ledger = await Ledger.start();
    try {
      await withPage(ledger, { locale: w.locale, token: null, path: '/' }, async (page) => {
        assert.equal(await page.locator('html').getAttribute('lang'), language);
        if (language === 'en') {
          await page.goto(ledger.link);
        } else {
          await page.getByLabel(w.token).fill(ledger.token);
          await button(page, w.signIn).click();
        }
        await firstRun(page, ledger, w);
        await replaceMachine(page, ledger, w);
        await page.getByRole('link', { name: 'Siège' }).first().click();
        await choose(page, w, 'Siège', w.rename);
        await page.getByLabel(w.newName).fill('Siege 2');
        await button(page, w.rename).click();
        await page.getByRole('heading', { name: 'Siege 2' }).waitFor();
        await page.goBack();
        await endIt(page, ledger, w, 'Siege 2');
        await tellsIt(page, w);
      });
    } finally {
      await ledger.stop();
    }
  });
}

async function tellsIt(page, w) {
  await page.getByRole('link', { name: w.history, exact: true }).click();
  const sentences = page.locator('.entry-words');
  // Added under its first name; everything else is told by the name it has now.
  const [added, ...others] = w.sentences;
  const spoken = others.map((each) => each.replaceAll('Siège', 'Siege 2'));
  for (const sentence of [added, ...spoken]) {
    await sentences.filter({ hasText: sentence }).first().waitFor();
  }
}
