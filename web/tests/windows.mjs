// What all windows have in common (src/ui/window.tsx), on those that no other test opens: they close
// when their request is done and not before, and a refusal is said in them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const gone = (window) => window.waitFor({ state: 'detached' });

async function choose(page, gateway, item) {
  await button(page, `Actions for ${gateway}`).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

test('an account is opened in a window that closes when the account is there', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', []);
    await withPage(ledger, { path: '/accounts' }, async (page) => {
      await button(page, 'Open account').click();
      const window = page.getByRole('dialog');
      await window.getByLabel('Account name').fill('globex');
      // A second press while the first is under way asks for nothing more.
      const asked = [];
      let pressedTwice;
      const held = new Promise((resolve) => (pressedTwice = resolve));
      await page.route('**/v1/accounts/globex', async (route) => {
        asked.push(route);
        await held;
        await route.continue();
      });
      const underWay = page.waitForRequest('**/v1/accounts/globex');
      await page.keyboard.press('Enter');
      await underWay;
      await page.keyboard.press('Enter');
      assert.ok(await window.isVisible());
      pressedTwice();
      await gone(window);
      await page.getByRole('link', { name: 'globex' }).waitFor();
      assert.equal(asked.length, 1);
    });
  } finally {
    await ledger.stop();
  }
});

test('a window stays open over a refusal, and asks again', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      await choose(page, 'Kiosk', 'Revoke key');
      const window = page.getByRole('alertdialog', { name: 'Revoke the key?' });
      const keys = [];
      await page.route('**/key', async (route) => {
        keys.push(route.request().headers()['idempotency-key']);
        if (keys.length === 1) await route.abort();
        else await route.continue();
      });
      await button(window, 'Revoke key').click();
      await window.getByRole('alert').waitFor();
      await button(window, 'Revoke key').click();
      await gone(window);
      // The same was asked for, under the same key.
      assert.equal(keys.length, 2);
      assert.equal(keys[0], keys[1]);
    });
  } finally {
    await ledger.stop();
  }
});

test('a gateway with secondaries is not removed: its window says why, and closes', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }, { name: 'Spare', primary: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      await choose(page, 'Kiosk', 'Remove');
      const window = page.getByRole('dialog');
      await window.getByText('It still has secondaries.').waitFor();
      await button(window, 'Close').click();
      await gone(window);

      await choose(page, 'Spare', 'Remove');
      const asking = page.getByRole('alertdialog');
      await button(asking, 'Cancel').click();
      await gone(asking);
      await page.getByRole('article', { name: 'Kiosk' }).waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

test('a key and a secret stay until they were copied or their button is pressed', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const stays = async (shown) => {
        await shown.waitFor();
        await page.keyboard.press('Escape');
        await page.mouse.click(5, 400);
        await page.keyboard.press('Escape');
        assert.ok(await shown.isVisible());
      };
      const key = page.getByTestId('key');
      const show = button(page, 'Registration Key: Kiosk');
      await show.click();
      await stays(key);
      await button(page, 'Close').click();
      await gone(key);
      await show.click();
      await button(page, 'Copy key').click();
      await button(page, 'Copied').waitFor();
      await page.keyboard.press('Escape');
      await gone(key);

      await page.getByRole('link', { name: 'Tokens' }).click();
      await button(page, 'Create token').click();
      await page.getByLabel('Whose it is').fill('Ada');
      await page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click();
      const secret = page.getByTestId('secret');
      await stays(secret);
      await button(page, 'Copy token').click();
      await button(page, 'Copied').waitFor();
      await page.keyboard.press('Escape');
      await gone(secret);
    });
  } finally {
    await ledger.stop();
  }
});

test('a filled form asks before it is thrown away, an empty one goes', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      const window = page.getByRole('dialog');
      const name = window.getByLabel('Name', { exact: true });
      await button(page, 'Add gateway').click();
      await name.waitFor();
      await page.mouse.click(5, 400);
      await gone(window);

      for (const leave of [() => page.mouse.click(5, 400), () => page.keyboard.press('Escape')]) {
        await button(page, 'Add gateway').click();
        await name.fill('Warehouse');
        await leave();
        await window.getByText('would be lost').waitFor();
        await button(window, 'Keep it').click();
        assert.equal(await name.inputValue(), 'Warehouse');
        await leave();
        await assertAccessible(page, 'a window that asks');
        await screenshot(page, 'leaving-light');
        await button(window, 'Throw it away').click();
        await gone(window);
      }
    });
  } finally {
    await ledger.stop();
  }
});

test('a name that is taken is said at its field, until it is changed', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      await button(page, 'Add gateway').click();
      const window = page.getByRole('dialog');
      const name = window.getByLabel('Name', { exact: true });
      await name.fill('Kiosk');
      await button(window, 'Add').click();
      const taken = window.getByText('Another gateway of this account has this name.');
      await taken.waitFor();
      assert.equal(await taken.count(), 1);
      assert.equal(await name.getAttribute('aria-invalid'), 'true');
      const described = (await name.getAttribute('aria-describedby')).split(' ');
      assert.ok(described.includes(await taken.getAttribute('id')));
      assert.ok(await name.evaluate((field) => field === document.activeElement));
      await assertAccessible(page, 'a name that is taken');
      await screenshot(page, 'name-taken-light');
      await name.fill('Kiosk 2');
      await gone(taken);
      await button(window, 'Add').click();
      await page.getByTestId('key').waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

test('what is confirmed by its name can be confirmed by its id', async () => {
  const ledger = await Ledger.start();
  try {
    const ids = await ledger.furnish('acme', [{ name: '研究所 № 7' }]);
    await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
      await choose(page, '研究所 № 7', 'Remove');
      const window = page.getByRole('alertdialog');
      const remove = button(window, 'Remove');
      await window.getByText(`Or its id: ${ids.get('研究所 № 7')}`).waitFor();
      const field = window.getByLabel(/^To confirm, type the name/);
      await field.fill('something');
      assert.ok(await remove.isDisabled());
      await field.fill(ids.get('研究所 № 7'));
      await remove.click();
      await gone(window);
    });
  } finally {
    await ledger.stop();
  }
});

test('the account name that is nearest to what was typed is offered', async () => {
  const ledger = await Ledger.start();
  try {
    await withPage(ledger, { path: '/accounts' }, async (page) => {
      await button(page, 'Open account').click();
      const window = page.getByRole('dialog');
      const name = window.getByLabel('Account name');
      for (const [typed, offered] of [
        ['Acme Corp', 'acme-corp'],
        ['  Société Générale & Cie. ', 'societe-generale-cie'],
      ]) {
        await name.fill(typed);
        await button(window, `Use ${offered}`).waitFor();
      }
      await screenshot(page, 'account-name-light');
      await name.fill('***');
      await gone(window.getByRole('button', { name: /^Use / }));
      await name.fill('Acme Corp');
      await button(window, 'Use acme-corp').click();
      assert.equal(await name.inputValue(), 'acme-corp');
      await button(window, 'Open account').click();
      await page.getByRole('link', { name: 'acme-corp' }).waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

test('on paper a key has its command and what they are for, and nothing else', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }]);
    const options = { path: '/accounts/acme/gateways', colorScheme: 'dark' };
    await withPage(ledger, options, async (page) => {
      await button(page, 'Registration Key: Kiosk').click();
      const key = (await page.getByTestId('key').textContent()).trim();
      await page.emulateMedia({ media: 'print' });
      const printed = (await page.locator('body').innerText())
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      assert.deepEqual(printed.slice(0, 4), [
        'Registration Key of Kiosk',
        'Key no. 1',
        'Account acme',
        `Server ${ledger.gateways}`,
      ]);
      assert.match(printed[4], /^Valid until \d+ \w+ \d{4}, \d\d:\d\d$/);
      assert.equal(printed[5], key);
      assert.match(printed.slice(6).join(' '), /^latchkey register .*sha256:[0-9a-f]{64}$/);
      const ink = await page.getByTestId('key').evaluate((each) => getComputedStyle(each).color);
      assert.match(ink, /^rgb\((\d|[1-5]\d), /, 'dark on white');
      await screenshot(page, 'key-print');
    });
  } finally {
    await ledger.stop();
  }
});
