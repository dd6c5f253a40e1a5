// Every page and window, in light and dark, on a screen and on a phone: nothing serious for axe,
// nothing to scroll sideways for, and a picture of each for docs/console.md.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const wide = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };
// Well within the 2.5 intervals of grace.
const checkIn = { interval: '2s', everyMs: 700 };

const open = (name) => async (page) => {
  await page.getByRole('button', { name }).first().click();
  await page.locator('.dialog').waitFor();
};

const pages = [
  { name: 'sign-in', path: '/sign-in', token: null, ready: (p) => p.getByLabel('Operator token') },
  { name: 'gateways', path: '/accounts/acme/gateways', ready: (p) => p.getByText('silent for') },
  {
    name: 'table',
    path: '/accounts/acme/gateways?view=table',
    ready: (p) => p.getByText('installation failed'),
    act: async (page) => {
      await page.getByRole('checkbox', { name: 'Select Kiosk' }).press('Space');
      await page.getByText('1 selected').waitFor();
    },
  },
  { name: 'overview', path: '/overview', ready: (p) => p.locator('[data-anchor=globex]') },
  {
    name: 'all-gateways',
    path: '/gateways?view=table',
    ready: (p) => p.getByText('installation failed'),
  },
  {
    name: 'add-several',
    path: '/accounts/acme/gateways',
    ready: (p) => p.getByRole('article', { name: 'Kiosk' }),
    act: async (page) => {
      await open('Add several')(page);
      await page.getByLabel('Names or CSV').fill('Lille\nKiosk');
      await page.getByText('A gateway of this name is there already').waitFor();
    },
  },
  {
    name: 'labels',
    path: '/accounts/acme/gateways',
    ready: (p) => p.getByRole('article', { name: 'Head office' }),
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for Head office' }).click();
      await page.getByRole('menuitem', { name: 'Labels and note' }).click();
      await page.getByLabel('Value of label 2').waitFor();
    },
  },
  {
    name: 'registration-key',
    path: '/accounts/acme/gateways',
    ready: (p) => p.getByRole('article', { name: 'Kiosk' }),
    act: async (page) => {
      await open(/^Registration Key: Kiosk/)(page);
      await page.getByTestId('key').waitFor();
    },
  },
  {
    name: 'generate-new-key',
    path: '/accounts/acme/gateways',
    ready: (p) => p.getByRole('article', { name: 'Head office' }),
    act: async (page) => {
      await page.getByRole('button', { name: 'Actions for Head office' }).click();
      await page.getByRole('menuitem', { name: 'Replace machine' }).click();
      await page.locator('.dialog').waitFor();
    },
  },
  { name: 'gateway', path: '/gateways/{Warehouse}', ready: (p) => p.getByText('the beginning') },
  { name: 'history', path: '/accounts/acme/history', ready: (p) => p.getByText('the beginning') },
  {
    name: 'proof',
    path: '/accounts/acme/history',
    ready: (p) => p.getByText('the beginning'),
    act: async (page) => {
      await open(/^Proof of event /)(page);
      await page.getByText('is in the history').waitFor();
      await page.getByRole('button', { name: 'Copy command' }).waitFor();
    },
  },
  { name: 'tokens', path: '/tokens', ready: (p) => p.getByText('Ada') },
  {
    name: 'create-token',
    path: '/tokens',
    ready: (p) => p.getByText('Ada'),
    act: open('Create token'),
  },
  {
    name: 'send-message',
    path: '/gateways/{Head office}',
    ready: (p) => p.getByText('configuration.reload'),
    act: open('Send message'),
  },
  { name: 'webhooks', path: '/webhooks', ready: (p) => p.getByText('Failing') },
  {
    name: 'add-webhook',
    path: '/webhooks',
    ready: (p) => p.getByText('Failing'),
    act: open('Add webhook'),
  },
  { name: 'accounts', path: '/accounts', ready: (p) => p.getByText('Opened').first() },
  {
    name: 'ledger',
    path: '/ledger',
    ready: (p) => p.getByText('never been backed up'),
    act: (page) => page.getByRole('button', { name: 'Verify' }).waitFor(),
  },
  { name: 'welcome', path: '/welcome', empty: true, ready: (p) => p.getByLabel('Account name') },
  { name: 'nothing', path: '/nowhere', ready: (p) => p.getByText('Nothing here') },
];
// The pictures that docs/console.md shows.
const pictured = {
  'gateways-light': true,
  'gateways-dark': true,
  'gateways-phone': true,
  'table-light': true,
  'overview-light': true,
  'overview-phone': true,
  'add-several-light': true,
  'sign-in-light': true,
  'registration-key-light': true,
  'registration-key-phone': true,
  'generate-new-key-light': true,
  'gateway-light': true,
  'history-light': true,
  'proof-light': true,
  'tokens-light': true,
  'webhooks-light': true,
  'send-message-light': true,
  'accounts-light': true,
  'ledger-light': true,
  'welcome-light': true,
};

describe('every page', () => {
  let full;
  let empty;
  let ids;
  before(async () => {
    empty = await Ledger.start();
    full = await Ledger.start({
      options: ['--check-in', checkIn.interval, '--webhook-allow', '127.0.0.0/8'],
    });
    ids = await full.furnish('acme', [
      { name: 'Head office', machine: 'office' },
      { name: 'Branch Lyon', machine: 'lyon' },
      { name: 'Branch Lyon standby', primary: 'Branch Lyon', machine: 'standby' },
      { name: 'Branch Lyon spare', primary: 'Branch Lyon' },
      { name: 'Warehouse', machine: 'warehouse', run: 'exit 3' },
      { name: 'Kiosk' },
    ]);
    await full.api('PATCH', `/v1/gateways/${ids.get('Head office')}`, {
      labels: { site: 'Paris', floor: '2' },
      note: 'Second rack from the left',
    });
    await full.keepConnected('lyon', checkIn.everyMs);
    await full.keepConnected('office', checkIn.everyMs);
    await full.api('PUT', '/v1/accounts/globex');
    await full.api('POST', `/v1/gateways/${ids.get('Head office')}/messages`, {
      kind: 'configuration.reload',
      body: { level: 3 },
    });
    // Nobody listens there.
    await full.api('POST', '/v1/webhooks', {
      url: 'https://127.0.0.1:1/latchkey',
      types: ['AccountOpened'],
    });
    await full.api('PUT', '/v1/accounts/initech');
    await full.api('POST', '/v1/tokens', { name: 'Ada', role: 'helpdesk', accounts: ['acme'] });
  });
  after(async () => {
    await full?.stop();
    await empty?.stop();
  });

  const visit = async (shape, options) => {
    for (const { name, path, token, empty: bare, ready, act } of pages) {
      const ledger = bare ? empty : full;
      const where = path.replace(/\{(.*)\}/, (_, gateway) => ids.get(gateway));
      const session = token === null ? { token } : {};
      const all = { path: where, ...session, ...options };
      await withPage(ledger, all, async (page) => {
        await ready(page).first().waitFor();
        await act?.(page);
        await assertAccessible(page, `${name}, ${shape}`);
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(sideways <= 0, `${name}, ${shape}: ${sideways} px too wide`);
        if (pictured[`${name}-${shape}`]) await screenshot(page, `${name}-${shape}`);
      });
    }
  };

  test('in light', () => visit('light', { viewport: wide, colorScheme: 'light' }));
  test('in dark', () => visit('dark', { viewport: wide, colorScheme: 'dark' }));
  test('on a phone', () => visit('phone', { viewport: phone, hasTouch: true, isMobile: true }));
  test('in the appearance and language that were chosen', async () => {
    await withPage(full, { path: '/accounts' }, async (page) => {
      await page.getByRole('button', { name: 'Preferences' }).click();
      await page.getByRole('menuitemradio', { name: 'Français' }).click();
      await page.getByRole('button', { name: 'Préférences' }).click();
      await page.getByRole('menuitemradio', { name: 'Sombre' }).click();
      await page.reload();
      await page.getByRole('heading', { name: 'Comptes' }).waitFor();
      const dark = await page.evaluate(
        () => getComputedStyle(document.documentElement).colorScheme,
      );
      assert.equal(dark, 'dark');
    });
  });
});
