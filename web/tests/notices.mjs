// Messages to a gateway, from the window to what the gateway says; and webhooks, from the first to a
// receiver that fails and is back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { assertAccessible, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });

test('an operator tells a gateway something, and sees what becomes of it', async () => {
  const ledger = await Ledger.start();
  try {
    const ids = await ledger.furnish('acme', [{ name: 'Office', machine: 'office' }]);
    const where = `/gateways/${ids.get('Office')}`;
    await withPage(ledger, { path: where }, async (page) => {
      await page.getByText('No message was sent').waitFor();
      await button(page, 'Send message').click();
      const dialog = page.locator('.dialog');
      const send = dialog.getByRole('button', { name: 'Send message' });
      assert.ok(await send.isDisabled(), 'without a kind');
      await dialog.getByLabel('Kind').fill('reload');
      const body = dialog.getByLabel('Body (JSON)');
      for (const [text, problem] of [
        ['{"level": }', 'This is not JSON'],
        ['null', 'The body must not be null'],
        [JSON.stringify('x'.repeat(4095)), '4097 bytes; at most 4096'],
      ]) {
        await body.fill(text);
        await dialog.getByText(problem).waitFor();
        assert.ok(await send.isDisabled(), problem);
      }
      await body.fill('{ "level": 3.50 }');
      await dialog.getByText('13 of 4096 bytes').waitFor();
      await assertAccessible(page, 'sending a message');
      await send.click();
      const row = page.locator('.row-card', { hasText: 'reload' });
      await row.getByText('Waiting').waitFor();

      const heard = await ledger.checkIn('office');
      assert.deepEqual(
        heard.messages.map(({ kind, body }) => [kind, body]),
        [['reload', { level: 3.5 }]],
      );
      await row.getByText('Delivered').waitFor();
      await row.getByRole('button', { name: 'Show body' }).click();
      assert.match(await page.getByTestId('body').innerText(), /"level": 3.5/);
      await button(page, 'Close').click();
      await ledger.checkIn('office', {
        acknowledge: [{ message: heard.messages[0].id, result: 'failed', detail: 'no room left' }],
      });
      await row.getByText('Failed').waitFor();
      await row.getByText('no room left').waitFor();

      await ledger.api('POST', `/v1${where}/messages`, { kind: 'restart', body: 1 });
      const other = page.locator('.row-card', { hasText: 'restart' });
      await other.getByRole('button', { name: 'Cancel message: restart' }).click();
      await page.locator('.dialog').getByRole('button', { name: 'Cancel message' }).click();
      await other.getByText('Cancelled').waitFor();
    });
  } finally {
    await ledger.stop();
  }
});

// On loopback, with a certificate of its own; `status` is what it answers.
async function startReceiver(directory) {
  const file = (name) => path.join(directory, name);
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      .concat(['-days', '1', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'])
      .concat(['-keyout', file('key'), '-out', file('cert')]),
    { stdio: 'ignore' },
  );
  const receiver = { status: 204, types: [], cert: file('cert') };
  const tls = { key: await readFile(file('key')), cert: await readFile(file('cert')) };
  receiver.server = https.createServer(tls, async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    receiver.types.push(JSON.parse(Buffer.concat(parts).toString()).type);
    response.writeHead(receiver.status).end();
  });
  receiver.server.listen(0, '127.0.0.1');
  await once(receiver.server, 'listening');
  receiver.url = `https://localhost:${receiver.server.address().port}/hook`;
  return receiver;
}

test('an owner has a receiver told, tests it, and sends again what it refused', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'latchkey-receiver-'));
  const receiver = await startReceiver(directory);
  const options = ['--webhook-allow', '127.0.0.0/8', '--webhook-ca', receiver.cert];
  const ledger = await Ledger.start({ options });
  try {
    await ledger.api('PUT', '/v1/accounts/acme');
    await withPage(ledger, { path: '/webhooks' }, async (page) => {
      await page.getByText('Nobody is told of anything yet').waitFor();
      await button(page, 'Add webhook').click();
      const dialog = page.locator('.dialog');
      const add = dialog.getByRole('button', { name: 'Add webhook' });
      await dialog.getByLabel('URL').fill('http://example.com/');
      assert.ok(await add.isDisabled(), 'not https');
      await dialog.getByLabel('URL').fill('https://10.0.0.1/');
      await add.click();
      await dialog.getByText('This is not an address of the Internet').waitFor();
      await dialog.getByLabel('URL').fill(receiver.url);
      await dialog.getByText('AccountOpened', { exact: true }).click();
      await add.click();
      assert.match(await page.getByTestId('secret').innerText(), /^whsec_\S+=$/);
      await page.keyboard.press('Escape');
      await page.getByTestId('secret').waitFor();
      await button(page, 'I have kept it').click();

      const row = page.getByRole('listitem', { name: receiver.url });
      await row.getByText('Active').waitFor();
      await row.getByText('6 types').waitFor();
      await row.getByRole('button', { name: /^Test: / }).click();
      await row.getByText('The receiver answered 204').waitFor();
      receiver.status = 400;
      await ledger.api('PUT', '/v1/accounts/globex');
      await row.getByText('The receiver answered 400.').waitFor();
      receiver.status = 500;
      await ledger.api('PUT', '/v1/accounts/initech');
      await row.getByText('Failing').waitFor();
      await row.getByText('The receiver has taken nothing since').waitFor();
      receiver.status = 204;
      await row.getByRole('button', { name: /^Send again: / }).click();
      await page.getByText('1 event was refused').waitFor();
      await page.locator('.dialog').getByRole('button', { name: 'Send again' }).click();
      await page.getByRole('button', { name: /Beginning with/ }).click();
      await page.getByRole('option', { name: 'The oldest one that was refused' }).click();
      await page.locator('.dialog').getByRole('button', { name: 'Send again' }).click();
      await row.getByText('Active').waitFor();
      await row.getByText('just now').first().waitFor();
      assert.deepEqual(receiver.types.slice(-2), ['AccountOpened', 'AccountOpened']);

      await row.getByRole('button', { name: /^Rotate secret: / }).click();
      await page.locator('.dialog').getByRole('button', { name: 'Rotate secret' }).click();
      await page.getByText('the previous secret signs as well').waitFor();
      await button(page, 'I have kept it').click();
      await row.getByRole('button', { name: /^Change: / }).click();
      await page.locator('.dialog').getByText('AccountOpened', { exact: true }).click();
      await button(page, 'Save').click();
      await row.getByText('5 types').waitFor();
      await row.getByRole('button', { name: /^Remove: / }).click();
      await page.locator('.dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByText('Nobody is told of anything yet').waitFor();
    });
  } finally {
    await ledger.stop();
    receiver.server.close();
    await rm(directory, { recursive: true });
  }
});
