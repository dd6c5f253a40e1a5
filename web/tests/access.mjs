// Who may not do something is not shown it (docs/access.md); tokens are made, rotated and revoked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });

const labels = ['Labels and note', 'Add secondary'];

// What each role sees of a gateway with a key, of a registered one, and of the other pages.
const seen = {
  owner: {
    gateways: ['Add several', 'Add gateway', 'Registration Key: Kiosk'],
    kiosk: ['Generate New Key', 'Rename', ...labels, 'Revoke key', 'Remove'],
    office: ['Replace machine', 'Rename', ...labels, 'Deregister', 'Remove'],
    pages: {
      '/accounts': ['Open account'],
      '/webhooks': ['Add webhook'],
      '/tokens': ['Create token'],
    },
  },
  operator: {
    gateways: ['Add several', 'Add gateway', 'Registration Key: Kiosk'],
    kiosk: ['Generate New Key', 'Rename', ...labels, 'Revoke key', 'Remove'],
    office: ['Replace machine', 'Rename', ...labels, 'Deregister', 'Remove'],
    pages: { '/accounts': ['Open account'], '/webhooks': [], '/tokens': [] },
  },
  helpdesk: {
    gateways: ['Registration Key: Kiosk'],
    kiosk: ['Generate New Key'],
    office: null,
    pages: { '/accounts': [], '/webhooks': [], '/tokens': [] },
  },
  auditor: {
    gateways: [],
    kiosk: null,
    office: null,
    pages: { '/accounts': [], '/webhooks': [], '/tokens': [] },
  },
};
const there = {
  '/accounts': (page) => page.locator('.row-card').first(),
  '/webhooks': (page) => page.getByRole('heading', { name: 'Webhooks' }),
  '/tokens': (page) => page.getByRole('table', { name: 'Tokens' }),
};
const anyGatewayButton = /^(Add gateway|Registration Key: Kiosk|Add several)$/;
const anyPageButton = /^(Open account|Create token|Add webhook)$/;

async function menuOf(page, name) {
  const menu = button(page, `Actions for ${name}`);
  if ((await menu.count()) === 0) return null;
  await menu.click();
  const items = await page.getByRole('menuitem').allTextContents();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  return items;
}

async function names(page, pattern) {
  const found = page.getByRole('button', { name: pattern });
  const labels = await found.evaluateAll((buttons) =>
    buttons.map((each) => each.getAttribute('aria-label') ?? each.textContent),
  );
  return labels.map((label) => label.trim());
}

test('each role sees the controls it may use, and no others', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }, { name: 'Office', machine: 'office' }]);
    for (const [role, expected] of Object.entries(seen)) {
      const { token } = await ledger.api('POST', '/v1/tokens', { name: role, role });
      await withPage(ledger, { token, path: '/accounts/acme/gateways' }, async (page) => {
        await page.getByRole('article', { name: 'Office' }).waitFor();
        const shown = await names(page, anyGatewayButton);
        assert.deepEqual(shown.sort(), [...expected.gateways].sort(), role);
        assert.deepEqual(await menuOf(page, 'Kiosk'), expected.kiosk, role);
        assert.deepEqual(await menuOf(page, 'Office'), expected.office, role);
        for (const [where, buttons] of Object.entries(expected.pages)) {
          await page.goto(ledger.origin + where);
          await there[where](page).waitFor();
          assert.deepEqual(await names(page, anyPageButton), buttons, `${role} on ${where}`);
        }
        assert.equal(
          (await page.getByRole('button', { name: /^(Rotate|Revoke): / }).count()) > 0,
          role === 'owner',
        );
      });
    }
  } finally {
    await ledger.stop();
  }
});

test('a read-only ledger says so, and has no control that changes it', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', [{ name: 'Kiosk' }, { name: 'Office', machine: 'office' }]);
    await ledger.reopenToRead();
    const where = '/accounts/acme/gateways';
    await withPage(ledger, { path: where }, async (page) => {
      await page.getByRole('article', { name: 'Office' }).waitFor();
      await page.getByText('Read-only. This is a copy of the ledger').waitFor();
      assert.deepEqual(await names(page, anyGatewayButton), []);
      assert.equal(await menuOf(page, 'Kiosk'), null);
      await assertAccessible(page, 'read only');
      await page.goto(`${ledger.origin}/tokens`);
      await there['/tokens'](page).waitFor();
      assert.deepEqual(await names(page, anyPageButton), []);
    });
    await withPage(ledger, { path: where, locale: 'fr-FR' }, async (page) => {
      await page.getByText('Lecture seule. Vous consultez une copie du registre').waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

test('a token is created, shown once, rotated and revoked', async () => {
  const ledger = await Ledger.start();
  try {
    await ledger.furnish('acme', []);
    await ledger.furnish('globex', []);
    await withPage(ledger, { path: '/tokens' }, async (page) => {
      await button(page, 'Create token').click();
      const window = page.getByRole('dialog');
      await window.getByLabel('Whose it is').fill('Ada');
      await window.getByRole('button', { name: /^All, also/ }).click();
      await page.getByRole('option', { name: 'Only these' }).click();
      assert.ok(await window.getByRole('button', { name: 'Create token' }).isDisabled());
      await window.getByText('acme', { exact: true }).click();
      await window.getByRole('button', { name: 'Create token' }).click();
      const secret = page.getByTestId('secret');
      const first = (await secret.textContent()).trim();
      assert.match(first, /^lkop_/);
      await button(page, 'I have kept it').click();
      const row = page.getByRole('row', { name: 'Ada' });
      await row.getByText('Helpdesk').waitFor();
      await row.getByText('acme').waitFor();
      assert.equal(await page.getByText(first).count(), 0);

      await button(page, 'Rotate: Ada').click();
      await button(page, 'Rotate').click();
      const second = (await secret.textContent()).trim();
      assert.notEqual(second, first);
      await button(page, 'I have kept it').click();
      await withPage(ledger, { token: second }, async (other) => {
        await other.getByRole('heading', { name: 'Gateways' }).waitFor();
        await button(other, 'Account: acme').click();
        assert.deepEqual(await other.getByRole('menuitemradio').allTextContents(), ['acme']);
      });

      await button(page, 'Revoke: Ada').click();
      await button(page, 'Revoke').click();
      await row.waitFor({ state: 'detached' });
      // The last owner stays; the refusal is said in words.
      await button(page, 'Revoke: owner').click();
      await button(page, 'Revoke').click();
      await page.getByText('This is the last owner').waitFor();
    });
  } finally {
    await ledger.stop();
  }
});
