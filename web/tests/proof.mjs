// What the browser proves by itself: that an event is in the history, and that the last events are.
// A server that lies is played by changing what comes from a true one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';
import { words } from './words.mjs';

const history = '/accounts/acme/history';
const manyGateways = 600; // two events each
const connections = 8;

const button = (page, name) => page.getByRole('button', { name, exact: true });
const tiles = '**/tlog/tile/{0,1}/**';
const bundles = '**/tlog/tile/entries/**';

const otherBit = (byte) => byte ^ 1;
// Base64 stays base64.
const otherLetter = (letter) => (letter === 65 ? 66 : 65);

// One byte is another one on its way from the server, at the place that `at` finds in the bytes.
async function lie(page, pattern, at, change = otherBit) {
  await page.route(pattern, async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[at(body)] = change(body[at(body)]);
    await route.fulfill({ response, body });
  });
}

// The ledger as it is now, when its latest checkpoint covers all of it.
async function settled(ledger) {
  for (;;) {
    const now = await ledger.api('GET', '/v1/ledger');
    if (now.checkpoint?.size === now.size) return now;
  }
}

const openProof = (page, w, n) => button(page, w.proofOf(n)).click();
// The last event of the account; the history begins with it.
const newest = async (ledger) => {
  const page = await ledger.api('GET', '/v1/events?account=acme&order=desc&limit=1');
  return page.events[0].sequence;
};

describe('the proof of an event', () => {
  let ledger;
  before(async () => {
    ledger = await Ledger.start();
    await ledger.furnish('acme', [{ name: 'Kiosk' }, { name: 'Office', machine: 'office' }]);
  });
  after(() => ledger?.stop());

  for (const [language, w] of Object.entries(words)) {
    test(`is found by the browser, in ${language}`, async () => {
      const { size, root_hash: root, origin } = await settled(ledger);
      const { events } = await ledger.api('GET', '/v1/events?account=acme&limit=1');
      const first = events[0].sequence;
      await withPage(ledger, { path: history, locale: w.locale }, async (page) => {
        await openProof(page, w, first);
        const window = page.getByRole('dialog', { name: w.proofOf(first) });
        await window.getByText(w.proven(first)).waitFor();
        const facts = await window.getByTestId('proven').textContent();
        for (const fact of [w.events(size), root, origin]) assert.ok(facts.includes(fact), facts);
        await window.locator('.command').waitFor();
        await assertAccessible(page, `a proof, in ${language}`);
      });
    });
  }

  test('is on the page of a gateway too, by the keyboard alone', async () => {
    const w = words.en;
    const [{ id }] = (await ledger.api('GET', '/v1/accounts/acme/gateways')).gateways;
    const { events } = await ledger.api('GET', `/v1/events?gateway=${id}&order=desc&limit=1`);
    const n = events[0].sequence;
    await withPage(ledger, { path: `/gateways/${id}` }, async (page) => {
      await button(page, w.proofOf(n)).focus();
      await page.keyboard.press('Enter');
      await page.getByText(w.proven(n)).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      const focus = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      assert.equal(focus, w.proofOf(n));
    });
  });

  test('is downloaded with the entry, and the command names both and the key', async () => {
    const w = words.en;
    const n = await newest(ledger);
    const { vkey, root_hash: root } = await settled(ledger);
    await withPage(ledger, { path: history }, async (page) => {
      await openProof(page, w, n);
      const download = async (name) => {
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name }).click(),
        ]);
        return [file.suggestedFilename(), await readFile(await file.path())];
      };
      const [proofName, proof] = await download('Download proof');
      assert.match(String(proof), new RegExp(`^c2sp.org/tlog-proof@v1\nindex ${n}\n`));
      assert.ok(String(proof).includes(root));
      const [entryName, entry] = await download('Download entry');
      assert.ok(entry.length > 0);
      await button(page, 'Copy command').click();
      const command = await page.waitForFunction(async () => {
        const text = await navigator.clipboard.readText();
        return text.startsWith('latchkey verify') && text;
      });
      assert.equal(
        (await command.jsonValue()).replaceAll(/[\\\s]+/g, ' '),
        `latchkey verify --proof ${proofName} --event ${entryName} --vkey ${vkey}`,
      );
    });
  });

  test('is refused, with the reason, when anything has been changed', async () => {
    const w = words.en;
    const n = await newest(ledger);
    const inRoot = (body) => body.indexOf('\n', body.indexOf('\n') + 1) + 5;
    const inSignature = (body) => body.length - 20;
    const lies = [
      ['**/v1/events/*/entry', () => 3, /Leaf: the stored bytes of event \d+ are not those/],
      [tiles, () => 7, /Root: the hashes of the tree do not lead to the root/],
      [tiles, (body) => body.length - 1, /Root: the hashes/],
      ['**/tlog/checkpoint', () => 2, /Checkpoint: it is of another ledger/],
      ['**/tlog/checkpoint', inRoot, /Signature: the checkpoint is not signed/, otherLetter],
      ['**/tlog/checkpoint', inSignature, /Signature: the checkpoint is not signed/, otherLetter],
      ['**/tlog/checkpoint', (body) => body.length - 1, /Checkpoint: what the server sends/],
    ];
    await withPage(ledger, { path: history }, async (page) => {
      for (const [pattern, at, why, change] of lies) {
        await lie(page, pattern, at, change);
        await openProof(page, w, n);
        const alert = page.getByRole('alert');
        await alert.getByText(`Event ${n} is not proven to be in the history.`).waitFor();
        await alert.getByText(why).waitFor();
        await alert.getByText('latchkey verify --data DIR').waitFor();
        assert.equal(await page.getByText(w.proven(n)).count(), 0);
        await assertAccessible(page, 'a proof that fails');
        await page.unroute(pattern);
        await button(page, 'Try again').click();
        await page.getByText(w.proven(n)).waitFor();
        assert.equal(await alert.count(), 0);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
    });
  });

  test('waits for a checkpoint that covers the event', async () => {
    const w = words.en;
    await settled(ledger);
    await withPage(ledger, { path: history }, async (page) => {
      // The checkpoint from before the event stays the latest one for this browser.
      const response = await page.request.get(`${ledger.origin}/tlog/checkpoint`);
      const body = await response.body();
      await page.route('**/tlog/checkpoint', (route) => route.fulfill({ response, body }));
      await ledger.api('POST', '/v1/accounts/acme/gateways', { name: `Late ${Date.now()}` });
      const n = await newest(ledger);
      await openProof(page, w, n);
      await page.getByText('No checkpoint covers this event yet. Waiting').waitFor();
      await page.unroute('**/tlog/checkpoint');
      await page.getByText(w.proven(n)).waitFor();
      // An older event is not touched by newer ones.
      await page.keyboard.press('Escape');
      await openProof(page, w, n - 2);
      await page.getByText(w.proven(n - 2)).waitFor();
    });
  });

  test('says so when the browser cannot check the signature', async () => {
    const n = await newest(ledger);
    await withPage(ledger, { path: history }, async (page) => {
      await page.addInitScript(() => {
        crypto.subtle.importKey = () =>
          Promise.reject(new DOMException('Ed25519', 'NotSupportedError'));
      });
      await page.reload();
      await openProof(page, words.en, n);
      await page.getByText('This browser cannot check the checkpoint’s signature').waitFor();
      const facts = await page.getByTestId('proven').textContent();
      assert.match(facts, /not checked/);
    });
  });
});

describe('the last events', () => {
  let ledger;
  before(async () => {
    ledger = await Ledger.start({ connections });
    await ledger.api('PUT', '/v1/accounts/acme');
    let n = 0;
    const worker = async () => {
      for (let mine = n++; mine < manyGateways; mine = n++)
        await ledger.api('POST', '/v1/accounts/acme/gateways', { name: `Site ${mine}` });
    };
    await Promise.all(Array.from({ length: connections }, worker));
  });
  after(() => ledger?.stop());

  const choose = async (page, count) => {
    await button(page, /^100 events/).click();
    await page.getByRole('option', { name: `${count} events`, exact: true }).click();
  };

  for (const [language, w] of Object.entries(words)) {
    test(`are verified, in ${language}`, async () => {
      const { size, root_hash: root } = await settled(ledger);
      await withPage(ledger, { path: '/ledger', locale: w.locale }, async (page) => {
        await button(page, w.verify).click();
        await page.getByText(w.verified(100, size - 100, size - 1)).waitFor();
        assert.ok((await page.locator('.notice-success').textContent()).includes(root));
        await assertAccessible(page, `verified events, in ${language}`);
      });
    });
  }

  test('are verified with progress, until it is cancelled', async () => {
    await settled(ledger);
    await withPage(ledger, { path: '/ledger' }, async (page) => {
      // Each bundle waits for a word from here.
      const waiting = [];
      await page.route(bundles, (route) =>
        new Promise((resolve) => waiting.push(resolve))
          .then(() => route.continue())
          .catch(() => {}),
      );
      const next = async () => {
        while (waiting.length === 0) await page.waitForTimeout(20);
        waiting.shift()();
      };
      const progress = page.getByRole('progressbar', { name: 'Verify the last events' });
      const done = async () => Number(await progress.getAttribute('value'));
      await choose(page, '1,000');
      await button(page, 'Verify').click();
      await progress.waitFor();
      assert.equal(await done(), 0);
      await assertAccessible(page, 'a verification under way');
      await next();
      await next();
      await page.waitForFunction(
        () => Number(document.querySelector('progress').getAttribute('value')) > 256,
      );
      const reached = await done();
      assert.ok(reached < 1000);
      await button(page, 'Cancel').click();
      await page.getByText(`Cancelled. Up to there all was right: ${reached} events.`).waitFor();
      await page.unroute(bundles);
      while (waiting.length > 0) waiting.shift()();
      await button(page, 'Verify').click();
      await page.getByText('All is right: 1,000 events').waitFor();
    });
  });

  test('are refused with the first bad one', async () => {
    const { size } = await settled(ledger);
    await withPage(ledger, { path: '/ledger' }, async (page) => {
      const failsWith = async (pattern, at, title, why) => {
        await lie(page, pattern, at);
        await button(page, 'Verify').click();
        const alert = page.getByRole('alert');
        await alert.getByText(title).waitFor();
        await alert.getByText(why).waitFor();
        await assertAccessible(page, 'a verification that fails');
        await page.unroute(pattern);
        await button(page, 'Verify').click();
        await page.getByText('All is right').waitFor();
      };
      await choose(page, '1,000');
      // The first byte behind the length of the first entry that is meant.
      const first = size - 1000;
      const inFirst = (body) => {
        let at = 0;
        for (let n = 0; n < first % 256; ++n) at += 2 + body.readUInt16BE(at);
        return at + 2;
      };
      const bundle = `**/tlog/tile/entries/${String(Math.floor(first / 256)).padStart(3, '0')}`;
      const event = `event ${first} is the first bad one`;
      await failsWith(bundle, inFirst, event, `Leaf: the stored bytes of event ${first} are not`);
      const tile = '**/tlog/tile/0/002';
      await failsWith(tile, () => 100, 'The history is not proven.', /events 512 to 767 do not/);
      await failsWith('**/tlog/tile/1/**', () => 9, 'The history is not proven.', /^Root: /);
    });
  });

  test('are only for those who may see all of them', async () => {
    const { token } = await ledger.api('POST', '/v1/tokens', {
      name: 'narrow',
      role: 'owner',
      accounts: ['acme'],
    });
    const n = await newest(ledger);
    await withPage(ledger, { token, path: '/ledger' }, async (page) => {
      await page.getByRole('heading', { name: 'Proof', exact: true }).waitFor();
      await button(page, 'Copy key').waitFor();
      assert.equal(await page.getByText('Verify the last events').count(), 0);
      assert.equal(await page.getByText('Last backup').count(), 0);
      await page.goto(ledger.origin + history);
      await openProof(page, words.en, n);
      await page.getByText(words.en.proven(n)).waitFor();
    });
  });
});

test('the page of the ledger has what anyone needs to check it', async () => {
  const ledger = await Ledger.start();
  try {
    const { vkey, origin, root_hash: root, epoch } = await settled(ledger);
    await withPage(ledger, { path: '/ledger' }, async (page) => {
      await button(page, 'Copy key').click();
      await button(page, 'Copied').waitFor();
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), vkey);
      for (const text of [origin, root, epoch])
        await page.getByText(text, { exact: true }).waitFor();
      await page.getByText('No witness cosigns this ledger.').waitFor();
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download checkpoint' }).click(),
      ]);
      const note = String(await readFile(await file.path()));
      assert.ok(note.startsWith(`${origin}\n`) && note.includes(root), note);
      // A part that does not come is said to be missing; nothing else on the page suffers.
      await page.route('**/assets/Verify*', (route) => route.abort());
      await page.reload();
      await page.getByText('This part of the console could not be loaded.').waitFor();
      await button(page, 'Copy key').waitFor();
    });
  } finally {
    await ledger.stop();
  }
});
