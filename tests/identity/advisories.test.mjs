// Classes of security advisories that take a provider to show (docs/threat_model.md): an answer that
// signs in another browser than the one that asked, and a role that stays after it was taken away.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Browser } from './browser.mjs';
import { people } from './provider.mjs';
import { Sites } from './sites.mjs';

const sessionCookie = '__Host-latchkey-session';
const owners = ['ledger-owners'];
const helpdesk = ['helpdesk-acme'];
const nobody = ['staff'];

let sites;
let latchkey;
before(async () => {
  sites = await Sites.start();
  ({ latchkey } = sites);
});
after(() => sites?.stop());
afterEach(() => (people.ada.groups = owners));

const failed = (answer, reason) => {
  assert.equal(answer.status, 303);
  assert.equal(answer.location, `${latchkey.origin}/sign-in?error=${reason}`);
  assert.ok(!answer.set.some((field) => field.startsWith(`${sessionCookie}=`)));
};

const sessionOf = async (browser) =>
  JSON.parse((await browser.get(`${latchkey.origin}/v1/session`)).text).session;

async function signIn(browser) {
  const { callback } = await sites.comeBack('ada', '/', browser);
  assert.equal((await browser.get(callback)).location, `${latchkey.origin}/`);
  return browser;
}
const signedIn = () => signIn(new Browser(sites.roots));

const signOutEverywhere = async (browser) =>
  browser.send('DELETE', `${latchkey.origin}/v1/session?everywhere=true`, {
    headers: {
      origin: latchkey.origin,
      'x-csrf-token': (await sessionOf(browser)).csrf_token,
    },
  });

describe('Advisory', () => {
  // Elsewhere a callback was accepted from a browser that had not begun it: whoever followed a link
  // was signed in as the one who made it, or the other way round.
  test('an answer of the provider is worth nothing in another browser', async () => {
    const mine = await sites.comeBack('ada');
    const other = await sites.comeBack('hedy');
    const stranger = new Browser(sites.roots);
    failed(await stranger.get(mine.callback), 'login_expired');
    assert.equal(await sessionOf(stranger), null);
    // Nor in one that has begun a sign-in of its own.
    failed(await other.browser.get(mine.callback), 'login_expired');
    assert.equal(await sessionOf(other.browser), null);
    // The browser that began it goes on: nobody has used it up.
    const answer = await mine.browser.get(mine.callback);
    assert.equal(answer.location, `${latchkey.origin}/accounts/acme`);
    assert.equal((await sessionOf(mine.browser)).operator.name, 'Ada Lovelace');
    // Nor with the state of one sign-in and the code of another.
    const begun = await sites.comeBack('ada');
    const mixed = new URL(begun.callback);
    mixed.searchParams.set('code', new URL(other.callback).searchParams.get('code'));
    failed(await begun.browser.get(mixed.href), 'provider_refused');
  });

  // Elsewhere a role that was taken away at the provider came back with the next sign-in, because it
  // had been kept. Here each sign-in has the role that the provider says then.
  test('a role taken away at the provider is gone with the next sign-in', async () => {
    const before = await signedIn();
    const browser = await signedIn();
    const cookie = browser.cookie(latchkey.origin, sessionCookie);
    assert.equal((await sessionOf(browser)).operator.role, 'owner');
    people.ada.groups = helpdesk;
    await signIn(browser);
    const { operator } = await sessionOf(browser);
    assert.equal(operator.role, 'helpdesk');
    assert.deepEqual(operator.accounts, ['acme']);
    assert.equal((await browser.get(`${latchkey.origin}/v1/accounts/globex`)).status, 404);
    // The session that this browser had before has not stayed behind.
    const old = { headers: { cookie: `${sessionCookie}=${cookie}` } };
    const left = await new Browser(sites.roots).send('GET', `${latchkey.origin}/v1/accounts`, old);
    assert.equal(left.status, 401);
    // That of another browser is as of its sign-in (docs/access.md#people), until its person ends it.
    assert.equal((await sessionOf(before)).operator.role, 'owner');
    assert.equal((await signOutEverywhere(browser)).status, 204);
    assert.equal(await sessionOf(before), null);

    people.ada.groups = nobody;
    const { browser: refused, callback } = await sites.comeBack('ada');
    failed(await refused.get(callback), 'not_allowed');
    assert.equal(await sessionOf(refused), null);
  });

  test('a role taken away at the provider is in no access token given afterwards', async () => {
    const ask = async ({ access_token: token }, method, path) =>
      (await latchkey.api(method, path, { token })).status;
    const large = await sites.toolTokens('ada');
    assert.equal(await ask(large, 'PUT', '/v1/accounts/initech'), 201);
    people.ada.groups = helpdesk;
    const small = await sites.toolTokens('ada');
    for (let i = 0; i < 2; ++i) {
      assert.equal(await ask(small, 'PUT', '/v1/accounts/initech'), 403);
      assert.equal(await ask(small, 'GET', '/v1/accounts/globex'), 404);
      assert.equal(await ask(small, 'GET', '/v1/accounts/acme'), 200);
      // The earlier one says what it said until it expires, and lends nothing to the other.
      assert.equal(await ask(large, 'PUT', '/v1/accounts/initech'), 200);
    }
    people.ada.groups = nobody;
    assert.equal(await ask(await sites.toolTokens('ada'), 'GET', '/v1/accounts/acme'), 403);
    const roles = (await latchkey.events('&type=PersonSignedIn')).map(({ data }) => data.role);
    assert.ok(roles.includes('owner') && roles.includes('helpdesk'), roles.join());
  });
});
