// People sign in through a certified provider on another site: a browser by authorization code with
// PKCE, programs by access tokens. Run by run.sh with LATCHKEY naming the binary.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser } from './browser.mjs';
import { rsa } from './provider.mjs';
import { Sites } from './sites.mjs';

let sites;
let provider;
let latchkey;
let roots;

before(async () => {
  sites = await Sites.start();
  ({ provider, latchkey, roots } = sites);
});

after(() => sites?.stop());

const comeBack = (person, path) => sites.comeBack(person, path);
const toolTokens = (person) => sites.toolTokens(person);

async function signIn(person, path) {
  const { browser, callback } = await comeBack(person, path);
  const answer = await browser.get(callback);
  return { browser, callback, answer };
}

const failed = (answer, reason) => {
  assert.equal(answer.status, 303);
  assert.equal(
    new URL(answer.location).pathname + new URL(answer.location).search,
    `/sign-in?error=${reason}`,
  );
  assert.ok(!answer.set.some((field) => field.startsWith('__Host-latchkey-session=')));
};

const signIns = async () => await latchkey.events('&type=PersonSignedIn');

test('the console is told of the provider', async () => {
  const { json } = await latchkey.api('GET', '/v1/session');
  assert.deepEqual(json, { session: null, provider: { name: 'Example ID' } });
});

test('a person signs in, and acts as they', async () => {
  const { browser, answer } = await signIn('ada');
  assert.equal(answer.status, 303);
  assert.equal(answer.location, `${latchkey.origin}/accounts/acme`);
  const cookie = answer.set.find((field) => field.startsWith('__Host-latchkey-session='));
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
    assert.ok(cookie.includes(attribute), cookie);
  }
  assert.equal(browser.cookie(latchkey.origin, '__Host-latchkey-login'), undefined);

  const { session } = JSON.parse((await browser.get(`${latchkey.origin}/v1/session`)).text);
  assert.match(session.operator.id, /^per_[0-9a-f]{32}$/);
  assert.equal(session.operator.kind, 'person');
  assert.equal(session.operator.name, 'Ada Lovelace');
  assert.equal(session.operator.role, 'owner');
  assert.equal(session.operator.accounts, null);

  const added = await browser.send('POST', `${latchkey.origin}/v1/accounts/acme/gateways`, {
    headers: {
      'content-type': 'application/json',
      origin: latchkey.origin,
      'x-csrf-token': session.csrf_token,
    },
    body: JSON.stringify({ name: 'of-ada' }),
  });
  assert.equal(added.status, 201, added.text);

  const actor = `person:${session.operator.id}`;
  const events = await latchkey.events(`&actor=${actor}`);
  assert.deepEqual(
    events.map((event) => event.type),
    ['PersonSignedIn', 'GatewayAdded', 'KeyIssued'],
  );
  assert.deepEqual(events[0].data, {
    person: session.operator.id,
    role: 'owner',
    accounts: [],
    name: 'Ada Lovelace',
    issuer: provider.issuer,
    subject: 'ada',
  });
  const self = await browser.get(`${latchkey.origin}/v1/tokens/self`);
  assert.equal(self.status, 404, 'a person is no token');
});

test('the same person has the same id, and each sign-in is a fact', async () => {
  const before = (await signIns()).length;
  await signIn('hedy');
  await signIn('hedy');
  const events = (await signIns()).slice(before);
  assert.equal(events.length, 2);
  assert.equal(events[0].data.person, events[1].data.person);
  assert.deepEqual(events[0].data.accounts, ['acme']);
});

test('role and accounts are those of the rules', async () => {
  const { browser } = await signIn('hedy');
  const list = JSON.parse((await browser.get(`${latchkey.origin}/v1/accounts`)).text);
  assert.deepEqual(
    list.accounts.map(({ account }) => account),
    ['acme'],
  );
  assert.equal((await browser.get(`${latchkey.origin}/v1/accounts/globex`)).status, 404);
});

test('whom no rule lets in is told so, and is nobody', async () => {
  const before = (await signIns()).length;
  const { browser, answer } = await signIn('eve');
  failed(answer, 'not_allowed');
  assert.equal((await browser.get(`${latchkey.origin}/v1/accounts`)).status, 401);
  assert.equal((await signIns()).length, before);
});

test('an answer of the provider is good once', async () => {
  const { browser, callback } = await signIn('ada');
  failed(await browser.get(callback), 'login_expired');
});

test('an answer of another issuer, an error and a made-up code are refused', async () => {
  for (const change of [
    (url) => url.searchParams.set('iss', 'https://evil.example.com'),
    (url) => url.searchParams.delete('iss'),
    (url) => url.searchParams.set('error', 'access_denied'),
    (url) => url.searchParams.delete('code'),
    (url) => url.searchParams.set('code', 'made-up'),
  ]) {
    const { browser, callback } = await comeBack('ada');
    const url = new URL(callback);
    change(url);
    failed(await browser.get(url.href), 'provider_refused');
  }
});

test('nobody is sent to another site after signing in', async () => {
  for (const path of ['//evil.example.com', 'https://evil.example.com/', '/\\evil.example.com']) {
    const { answer } = await signIn('ada', path);
    assert.equal(answer.location, `${latchkey.origin}/`);
  }
});

test('access tokens act on the API, and are noted once', async () => {
  const { access_token: token } = await toolTokens('ada');
  await latchkey.stop(); // each process records it again
  latchkey = await sites.startLatchkey();
  const before = (await signIns()).length;
  for (let i = 0; i < 3; ++i) {
    assert.equal((await latchkey.api('GET', '/v1/accounts', { token })).status, 200);
  }
  const opened = await latchkey.api('PUT', '/v1/accounts/initech', { token });
  assert.equal(opened.status, 201);
  const noted = (await signIns()).slice(before);
  assert.equal(noted.length, 1);
  const [last] = (await latchkey.events('&type=AccountOpened')).slice(-1);
  assert.equal(last.actor, `person:${noted[0].data.person}`);

  const hedy = await toolTokens('hedy');
  assert.equal(
    (await latchkey.api('GET', '/v1/accounts/acme', { token: hedy.access_token })).status,
    200,
  );
  assert.equal(
    (await latchkey.api('GET', '/v1/accounts/globex', { token: hedy.access_token })).status,
    404,
  );
  assert.equal(
    (await latchkey.api('PUT', '/v1/accounts/mine', { token: hedy.access_token })).status,
    403,
  );
  const eve = await toolTokens('eve');
  const refused = await latchkey.api('GET', '/v1/accounts', { token: eve.access_token });
  assert.equal(refused.status, 403);
});

test('ID tokens, tokens that were changed and strangers’ tokens do not act', async () => {
  const tokens = await toolTokens('ada');
  const [header, claims, signature] = tokens.access_token.split('.');
  const other = Buffer.from(claims, 'base64url').toString().replace('"ada"', '"eve"');
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  for (const token of [
    tokens.id_token,
    `${header}.${Buffer.from(other).toString('base64url')}.${signature}`,
    `${none}.${claims}.`,
    `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
  ]) {
    const answer = await latchkey.api('GET', '/v1/accounts', { token });
    assert.equal(answer.status, 401);
    assert.equal(answer.json.code, 'unauthenticated');
  }
});

test('a provider that rotates its keys is followed', async () => {
  await provider.stop();
  provider = await sites.startProvider([rsa('second')]);
  const { answer } = await signIn('ada');
  assert.equal(answer.location, `${latchkey.origin}/accounts/acme`);
});

test('a provider that is gone is said to be so, and tokens of operators go on', async () => {
  const { browser, callback } = await comeBack('ada');
  await provider.stop();
  failed(await browser.get(callback), 'provider_unreachable');
  assert.equal((await latchkey.api('GET', '/v1/accounts', { token: latchkey.owner })).status, 200);
  await latchkey.stop();
  latchkey = await sites.startLatchkey(); // without a provider it serves all the same
  failed(
    await new Browser(roots).get(`${latchkey.origin}/v1/session/provider`),
    'provider_unreachable',
  );
  provider = await sites.startProvider([rsa('third')]);
});

test('nothing of the ledger or the log names people in the clear', async () => {
  await latchkey.stop();
  const grep = (text) => {
    try {
      return execFileSync('grep', [
        '-rlF',
        text,
        join(latchkey.data, 'ledger'),
        join(latchkey.data, 'projections'),
      ]).toString();
    } catch {
      return '';
    }
  };
  for (const personal of ['Ada Lovelace', 'Hedy Lamarr', provider.issuer])
    assert.equal(grep(personal), '', personal);
  assert.ok(!latchkey.log.includes('Lovelace'));
});
