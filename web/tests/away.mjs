// A server that is away: what was never read is asked for until it comes, and what is shown says since
// when it may be out of date.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const requests = '**/v1/**';
const away = (page) => page.route(requests, (route) => route.abort());
const back = (page) => page.unroute(requests);
// The stream that is open ends as it does when the browser gives it up.
const keepStream = (page) =>
  page.addInitScript(() => {
    window.EventSource = class extends EventSource {
      constructor(url) {
        super(url);
        window.stream = this;
      }
    };
  });
const cutStream = (page) =>
  page.evaluate(() => {
    window.stream.close();
    window.stream.dispatchEvent(new Event('error'));
  });
const unread = 'The server cannot be reached.';
const nav = (page, name) => page.getByRole('link', { name, exact: true }).click();

test('pages opened while the server is away are there when it is back', async () => {
  const ledger = await Ledger.start();
  try {
    const ids = await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts' }, async (page) => {
      await page.getByRole('link', { name: 'acme' }).first().waitFor();
      const notice = page.getByRole('alert').filter({ hasText: unread }).first();
      const shown = {
        Gateways: () => page.getByRole('article', { name: 'Kiosk' }),
        History: () => page.getByText('You added the gateway Kiosk'),
        Tokens: () => page.getByRole('table', { name: 'Tokens' }),
        Ledger: () => page.getByText('never been backed up'),
      };
      for (const [name, there] of Object.entries(shown)) {
        await away(page);
        await nav(page, name);
        await notice.waitFor();
        assert.doesNotMatch(await notice.textContent(), /changed/, name);
        await back(page);
        await there().waitFor();
        await notice.waitFor({ state: 'detached' });
      }

      // A link within the console, so that the page itself is there.
      await nav(page, 'Gateways');
      await shown.Gateways().waitFor();
      await away(page);
      await page.getByRole('link', { name: 'Kiosk' }).click();
      await notice.waitFor();
      await assertAccessible(page, 'a page that could not be read');
      await screenshot(page, 'unread-light');
      await back(page);
      await page.getByText(ids.get('Kiosk')).waitFor();
      await page.getByText('You added it as Kiosk').waitFor();
      await notice.waitFor({ state: 'detached' });
    });
  } finally {
    await ledger.stop();
  }
});

test('what could not be read is asked for at once by the button', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts', clock: true }, async (page) => {
      await page.getByRole('link', { name: 'acme' }).first().waitFor();
      // The page's clock stands still: nothing is asked for by itself.
      await page.clock.pauseAt(Date.now() + 60_000);
      for (const name of ['Gateways', 'History']) {
        await away(page);
        await nav(page, name);
        await page.getByText(unread).first().waitFor();
        await back(page);
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByText(unread).waitFor({ state: 'detached' });
      }
    });
  } finally {
    await ledger.stop();
  }
});

test('a page that has lost the server says since when, and dims its dots', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    for (const [locale, words] of [
      ['en-GB', /^Not up to date since \d\d:\d\d$/],
      ['fr-FR', /^N’est plus à jour depuis \d\d:\d\d$/],
    ]) {
      await withPage(ledger, { path: '/accounts/acme/gateways', locale }, async (page) => {
        await keepStream(page);
        await page.reload();
        await page.locator('.live-on').waitFor();
        const dot = page.locator('.tile .dot').first();
        const opacity = () => dot.evaluate((element) => getComputedStyle(element).opacity);
        assert.equal(await opacity(), '1');
        await away(page);
        await cutStream(page);
        const band = page.getByText(words);
        await band.waitFor();
        assert.ok((await opacity()) < 0.5);
        await assertAccessible(page, 'a page that is out of date');
        await screenshot(page, `stale-${locale}`);
        await back(page);
        await band.waitFor({ state: 'detached' });
        assert.equal(await opacity(), '1');
        // What happened meanwhile, or happens now, comes.
        await ledger.api('POST', '/v1/accounts/acme/gateways', { name: `Shop ${locale}` });
        await page.getByRole('article', { name: `Shop ${locale}` }).waitFor();
      });
    }
  } finally {
    await ledger.stop();
  }
});
