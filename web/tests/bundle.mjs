// What a browser fetches to show the console, as it comes over the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const mostBytes = 230_000;

test(`the console is at most ${mostBytes} bytes, compressed`, async (t) => {
  const ledger = await Ledger.start();
  try {
    await withPage(ledger, { token: null, path: '/sign-in' }, async (page) => {
      const sizes = new Map();
      page.on('response', async (response) => {
        const { pathname } = new URL(response.url());
        if (pathname.startsWith('/v1/')) return;
        sizes.set(pathname, Number(response.headers()['content-length']));
      });
      await page.reload({ waitUntil: 'networkidle' });
      const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      t.diagnostic(`${all} bytes in ${sizes.size} files`);
      assert.ok(sizes.size >= 3);
      assert.ok(all <= mostBytes, [...sizes].map(([name, size]) => `${name} ${size}`).join(', '));
      assert.ok(all > 50_000, 'the sizes are those of the whole console');
    });
  } finally {
    await ledger.stop();
  }
});
