// The development server stands before a ledger that judges where a request comes from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { Ledger } from './support/ledger.mjs';

test('pages of the development server sign in to a ledger behind it, and no others do', async () => {
  const ledger = await Ledger.start();
  process.env.LATCHKEY_URL = ledger.origin;
  const server = await createServer({
    root: fileURLToPath(new URL('..', import.meta.url)),
    server: { port: 0, host: '127.0.0.1', watch: null },
    optimizeDeps: { noDiscovery: true },
    logLevel: 'error',
  });
  try {
    await server.listen();
    const own = `http://127.0.0.1:${server.httpServer.address().port}`;
    const signIn = (origin) =>
      fetch(`${own}/v1/session`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ token: ledger.token }),
      });
    assert.equal((await signIn(own)).status, 201);
    for (const origin of ['http://example.com', ledger.origin.replace('https', 'http')]) {
      const refused = await signIn(origin);
      assert.deepEqual([refused.status, (await refused.json()).code], [403, 'csrf_rejected']);
    }
  } finally {
    await server.close();
    await ledger.stop();
  }
});
