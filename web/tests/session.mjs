// Signing in and out, and what a link, a wrong token and a refused provider say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });

test('signing in by link and by token, and signing out', async () => {
  const ledger = await Ledger.start();
  const out = { token: null };
  try {
    await ledger.api('PUT', '/v1/accounts/acme');
    await withPage(ledger, { ...out, path: '/accounts/acme/history' }, async (page) => {
      await page.getByLabel('Operator token').fill('lkop_wrong');
      await button(page, 'Sign in').click();
      await page.getByText('This token is not known').waitFor();
      // With the right one the page that was asked for.
      await page.getByLabel('Operator token').fill(ledger.token);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'History', exact: true }).waitFor();
      assert.match(page.url(), /\/accounts\/acme\/history$/);
      await button(page, 'Signed in as owner, Owner').click();
      await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    });
    const link = new URL(ledger.link);
    const byLink = { ...out, path: link.pathname + link.hash };
    await withPage(ledger, byLink, async (page) => {
      await page.getByRole('heading', { name: 'Gateways' }).waitFor();
      assert.ok(!page.url().includes('code='));
      // Ended elsewhere, as by a token that was rotated: the page says so.
      await page.evaluate(async () => {
        const { session } = await (await fetch('/v1/session')).json();
        const headers = { 'X-CSRF-Token': session.csrf_token };
        await fetch('/v1/session?everywhere=true', { method: 'DELETE', headers });
      });
      await page.getByRole('link', { name: 'Tokens' }).click();
      await page.getByText('Your session has ended').waitFor();
    });
    await withPage(ledger, byLink, async (page) => {
      await page.getByText('This link was used before').waitFor();
    });
    await withPage(ledger, { ...out, path: '/sign-in?error=not_allowed' }, async (page) => {
      await page.getByText('no role here is given to you').waitFor();
    });
  } finally {
    await ledger.stop();
  }
});
