// Who is signed in: seen, and ended, one session or all of somebody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const words = {
  en: {
    locale: 'en-GB',
    title: 'Signed in',
    here: 'This browser',
    end: /^End: Ada/,
    endAll: 'End all: Ada',
    confirm: 'End',
    confirmAll: 'End all',
  },
  fr: {
    locale: 'fr-FR',
    title: 'Connectés',
    here: 'Ce navigateur',
    end: /^Terminer: Ada/,
    endAll: 'Tout terminer: Ada',
    confirm: 'Terminer',
    confirmAll: 'Tout terminer',
  },
};

for (const [language, w] of Object.entries(words)) {
  test(`a session is ended, and then all of somebody, in ${language}`, async () => {
    const ledger = await Ledger.start();
    try {
      const { token } = await ledger.api('POST', '/v1/tokens', { name: 'Ada', role: 'operator' });
      const options = { path: '/tokens', locale: w.locale, colorScheme: 'dark' };
      const ada = (work) => withPage(ledger, { token, path: '/tokens' }, work);
      await ada((one) =>
        ada((two) =>
          ada((three) =>
            withPage(ledger, options, async (page) => {
              const rows = page.getByRole('table', { name: w.title }).getByRole('row');
              const ofAda = rows.filter({ hasText: 'Ada' });
              await ofAda.nth(2).waitFor();
              await rows.filter({ hasText: w.here }).getByText('owner', { exact: true }).waitFor();
              await ofAda
                .first()
                .getByText(/Chrome · Linux/)
                .waitFor();
              await assertAccessible(page, 'who is signed in');
              if (language === 'en') await screenshot(page, 'signed-in-dark');

              const confirm = page.getByRole('alertdialog');
              await ofAda.first().getByRole('button', { name: w.end }).click();
              await confirm.getByRole('button', { name: w.confirm, exact: true }).click();
              await ofAda.nth(2).waitFor({ state: 'detached' });
              await ofAda.first().getByRole('button', { name: w.endAll }).click();
              await confirm.getByRole('button', { name: w.confirmAll, exact: true }).click();
              await ofAda.first().waitFor({ state: 'detached' });
              for (const ended of [one, two, three]) {
                await ended.reload();
                await ended.getByRole('heading', { name: 'Sign in' }).waitFor();
              }
              assert.equal(await rows.filter({ hasText: w.here }).count(), 1);
            }),
          ),
        ),
      );
    } finally {
      await ledger.stop();
    }
  });
}

test('who is no owner sees their own sessions alone', async () => {
  const ledger = await Ledger.start();
  try {
    const { token } = await ledger.api('POST', '/v1/tokens', { name: 'Eve', role: 'auditor' });
    await withPage(ledger, { path: '/tokens' }, () =>
      withPage(ledger, { token, path: '/tokens' }, async (page) => {
        const rows = page.getByRole('table', { name: 'Signed in' }).locator('tbody tr');
        await rows.first().waitFor();
        assert.equal(await rows.count(), 1);
        await rows.getByText('Eve').waitFor();
      }),
    );
  } finally {
    await ledger.stop();
  }
});
