// The history for those who may not see all of the ledger, and in the console's language.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

test('who did something is named to those who may not look them up', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    const { token } = await ledger.api('POST', '/v1/tokens', {
      name: 'Bob',
      role: 'operator',
      accounts: ['acme'],
    });
    await withPage(ledger, { path: '/accounts/acme/history', token }, async (page) => {
      await page.getByText('owner added the gateway Kiosk').waitFor();
      assert.equal(await page.getByText(/\btok_/).count(), 0);
    });
  } finally {
    await ledger.stop();
  }
});

// The browser's own language is another one than the console's.
const dates = [
  { chosen: 'fr', title: 'Historique · acme · Latchkey', from: 'Du', parts: '31/12/2025' },
  { chosen: 'en', title: 'History · acme · Latchkey', from: 'From', parts: '31/12/2025' },
];

for (const { chosen, title, from, parts } of dates) {
  test(`days and titles are those of the console, in ${chosen}`, async () => {
    const ledger = await Ledger.start();
    try {
      await ledger.furnish('acme', [{ name: 'Kiosk' }]);
      const locale = chosen === 'fr' ? 'en-US' : 'fr-FR';
      await withPage(ledger, { path: '/accounts', locale }, async (page) => {
        await page.evaluate((language) => localStorage.setItem('language', language), chosen);
        await page.goto(`${ledger.origin}/accounts/acme/history`);
        await page.waitForFunction((wanted) => document.title === wanted, title);
        const day = page.getByRole('group', { name: from, exact: true });
        // The day before the month, though the browser has them the other way round.
        await day.getByRole('spinbutton').first().click();
        await page.keyboard.type('31122025');
        await page.waitForURL(/since=2025-12-31/);
        const shown = (await day.textContent()).replaceAll(/[^\d/]/g, '');
        assert.equal(shown, parts);
        await assertAccessible(page, 'a day');
        await screenshot(page, `history-${chosen}`);
        await page.reload();
        await day.getByText('2025').waitFor();
      });
    } finally {
      await ledger.stop();
    }
  });
}

test('the history is searched by names, people and what happened', async () => {
  const ledger = await Ledger.start();
  try {
    const names = [{ name: 'Café Lyon', machine: 'cafe' }, { name: 'Kiosk' }];
    const ids = await ledger.furnish('acme', names);
    await ledger.api('PATCH', `/v1/gateways/${ids.get('Kiosk')}`, { name: 'Lobby' });
    await withPage(ledger, { path: '/accounts/acme/history' }, async (page) => {
      const rows = page.locator('.entry');
      const search = page.getByLabel('Search the history');
      const count = (n) =>
        page.waitForFunction((is) => document.querySelectorAll('.entry').length === is, n);
      const finds = async (text, expected) => {
        await search.fill(text);
        await count(expected);
      };
      await rows.first().waitFor();
      await finds('cafe redeemed', 1);
      await page.waitForURL(/text=cafe\+redeemed/);
      await rows.getByText('Key no. 1 of Café Lyon was redeemed').waitFor();
      // By the type, by the person, and by the name that it has now.
      await finds('KeyRedeemed', 1);
      await finds('owner opened', 1);
      await finds('lobby added', 1);
      await finds('nothing of the kind', 0);
      await page.getByText('Nothing happened that matches.').waitFor();
      await finds('lobby', 2);
      // What comes live is searched too.
      await page.locator('.live-on').waitFor();
      await ledger.api('POST', `/v1/gateways/${ids.get('Kiosk')}/key/reveal`);
      await rows.getByText('You looked at key no. 1 of Lobby').waitFor();
      await page.reload();
      await count(3);
      await assertAccessible(page, 'a searched history');
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await rows.getByText('You opened the account acme').waitFor();
      assert.equal(await search.inputValue(), '');
    });
  } finally {
    await ledger.stop();
  }
});

// The server's history would have to be too long for a test: here it begins again at its end, for ever.
async function endless(page) {
  const asked = [];
  await page.route(
    (url) => url.pathname === '/v1/events',
    async (route) => {
      const url = new URL(route.request().url());
      const round = Number(url.searchParams.get('after') ?? 0);
      asked.push(round);
      url.searchParams.delete('after');
      const response = await route.fetch({ url: url.href });
      const { events } = await response.json();
      const again = (event) => ({ ...event, sequence: event.sequence + round * 1000 });
      const json = { events: events.map(again), next: String(round + 1) };
      await route.fulfill({ response, json });
    },
  );
  return asked;
}

test('a long search says how far back it has looked, and goes on when asked', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const asked = await endless(page);
      await page.getByRole('link', { name: 'History', exact: true }).click();
      await page.getByLabel('Search the history').fill('zzz');
      await page.getByText('Nothing that matches so far.').waitFor();
      await page.getByText(/^Searched back to /).waitFor();
      const before = asked.at(-1);
      const further = page.waitForResponse((each) => each.url().includes(`after=${before + 1}`));
      await page.getByRole('button', { name: 'Search further back' }).click();
      await further;
    });
  } finally {
    await ledger.stop();
  }
});

test('the history is exported as it is filtered, and a long one can be stopped', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: '=Café, "1"' }, { name: 'Kiosk' }]);
    const path = '/accounts/acme/history?kind=keys&text=cafe';
    await withPage(ledger, { path }, async (page) => {
      await page.locator('.entry').first().waitFor();
      await page.getByRole('button', { name: 'Export', exact: true }).click();
      const window = page.getByRole('dialog', { name: 'Export the history' });
      await window.getByText('100,000 at most').waitFor();
      await assertAccessible(page, 'an export');
      const save = async () => {
        const saving = page.waitForEvent('download');
        await window.getByRole('button', { name: 'Save as file' }).click();
        const file = await saving;
        return [file.suggestedFilename(), await readFile(await file.path(), 'utf8')];
      };
      const [name, csv] = await save();
      assert.equal(name, 'acme-history.csv');
      const [head, row, ...rest] = csv.replace('\ufeff', '').trimEnd().split('\r\n');
      assert.match(head, /^sequence,time,type,account,gateway,gateway_name,actor,/);
      assert.match(row, /^\d+,\S+,KeyIssued,acme,gw_\w+,"'=Café, ""1""",token:tok_\w+,owner,"\{/);
      assert.deepEqual(rest, []);
      await window.getByText('All of them are in the file: 1 event.').waitFor();
      await window.getByRole('button', { name: /Format/ }).click();
      await page.getByRole('option', { name: 'JSON' }).click();
      const [, json] = await save();
      const types = JSON.parse(json).map(({ type }) => type);
      assert.deepEqual(types, ['KeyIssued']);
      await endless(page);
      const saving = page.waitForEvent('download');
      await window.getByRole('button', { name: 'Save as file' }).click();
      await window.getByText(/events read/).waitFor();
      await window.getByRole('button', { name: 'Stop and save' }).click();
      await saving;
      await window.getByText(/^The file has the newest, \d+ events/).waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

for (const [locale, added, issued, refused] of [
  ['en-GB', 'You added the gateway Kiosk', 'Key no. 1 was issued', 'was refused'],
  ['fr-FR', 'Vous avez ajouté la passerelle Kiosk', 'La clé n° 1 a été émise', 'a été refusée'],
]) {
  test(`what belongs together is one row, and what was refused is seen, in ${locale}`, async () => {
    const ledger = await Ledger.start();
    try {
      await ledger.api('PUT', '/v1/accounts/acme');
      const { key } = await ledger.api('POST', '/v1/accounts/acme/gateways', { name: 'Kiosk' });
      await ledger.register(key, 'kiosk');
      assert.equal(await ledger.register(key, 'thief'), 10);
      for (const colorScheme of ['light', 'dark']) {
        const options = { path: '/accounts/acme/history', locale, colorScheme };
        await withPage(ledger, options, async (page) => {
          const row = page.locator('.entry', { hasText: added });
          await row.locator('.entry-others', { hasText: issued }).waitFor();
          await page.locator('.entry-refused', { hasText: refused }).waitFor();
          assert.equal(await page.locator('.entry-refused').count(), 1);
          // The number is not in the way, and there for a pointer and for the keyboard.
          const number = row.locator('.entry-refs').last();
          const seen = () => number.evaluate((each) => getComputedStyle(each).opacity);
          assert.equal(await seen(), '0');
          await row.hover();
          assert.equal(await seen(), '1');
          await page.mouse.move(0, 0);
          assert.equal(await seen(), '0');
          await number.getByRole('link').focus();
          assert.equal(await seen(), '1');
          await assertAccessible(page, `the history, ${colorScheme}`);
        });
      }
    } finally {
      await ledger.stop();
    }
  });
}
