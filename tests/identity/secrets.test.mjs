// What only the two ends of a sign-in may know is in no line of the log, not even at its most talkative,
// and in no file of the ledger but those of secrets/.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser } from './browser.mjs';
import { clientSecret } from './provider.mjs';
import { Sites } from './sites.mjs';

const sessionCookie = '__Host-latchkey-session';
const loginCookie = '__Host-latchkey-login';

let sites;
let latchkey;
// Each by what it is, as it is written and as the bytes that this stands for.
const secrets = [];
const keep = (what, secret) => {
  assert.ok(secret?.length >= 16, `${what}: ${secret}`);
  secrets.push({ what, secret });
  if (/^[\w-]+$/.test(secret)) {
    secrets.push({
      what: `the bytes of ${what}`,
      secret: Buffer.from(secret, 'base64url').toString('latin1'),
    });
  }
};

before(async () => {
  sites = await Sites.start({ options: ['--log-level', 'debug', '--sign-in-link'] });
  ({ latchkey } = sites);
});
after(() => sites?.stop());

const ask = (browser, method, path, options) =>
  browser.send(method, latchkey.origin + path, options);

async function keepSession(browser, whose) {
  const { session } = JSON.parse((await ask(browser, 'GET', '/v1/session')).text);
  assert.ok(session, whose);
  keep(`the session cookie of ${whose}`, browser.cookie(latchkey.origin, sessionCookie));
  keep(`the CSRF token of ${whose}`, session.csrf_token);
  return session;
}

// Stands in front of the callback, and knows what the browser knows.
async function begin(person) {
  const { browser, callback } = await sites.comeBack(person);
  const query = new URL(callback).searchParams;
  keep(`the state of ${person}`, query.get('state'));
  keep(`the authorization code of ${person}`, query.get('code'));
  keep(`the login cookie of ${person}`, browser.cookie(latchkey.origin, loginCookie));
  return { browser, callback };
}

async function sessionOfPerson() {
  const { browser, callback } = await begin('ada');
  await browser.get(callback);
  const { csrf_token: csrf } = await keepSession(browser, 'a person');
  const headers = { origin: latchkey.origin, 'content-type': 'application/json' };
  const add = (token) =>
    ask(browser, 'POST', '/v1/accounts/acme/gateways', {
      headers: { ...headers, 'x-csrf-token': token },
      body: JSON.stringify({ name: 'kiosk' }),
    });
  assert.equal((await add(`${csrf.slice(0, -4)}AAAA`)).status, 403);
  assert.equal((await add(csrf)).status, 201);
  await browser.get(callback); // which is spent
  // What a browser still sends after signing out elsewhere.
  const value = browser.cookie(latchkey.origin, sessionCookie);
  const gone = await ask(browser, 'DELETE', '/v1/session?everywhere=true', {
    headers: { ...headers, 'x-csrf-token': csrf },
  });
  assert.equal(gone.status, 204);
  const old = { headers: { cookie: `${sessionCookie}=${value}` } };
  assert.equal((await ask(new Browser(sites.roots), 'GET', '/v1/accounts', old)).status, 401);
}

async function sessionsThatAreRefused() {
  const { callback } = await begin('hedy');
  await new Browser(sites.roots).get(callback); // in another browser
  const mixed = await begin('ada');
  const url = new URL(mixed.callback);
  url.searchParams.set('code', new URL(callback).searchParams.get('code'));
  await mixed.browser.get(url.href); // which the provider refuses
  const nobody = await begin('eve');
  await nobody.browser.get(nobody.callback);
}

async function sessionByLink() {
  const code = /#code=([^\s]+)/.exec(latchkey.out)[1];
  const signIn = async (browser, body) =>
    ask(browser, 'POST', '/v1/session', {
      headers: { origin: latchkey.origin, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const browser = new Browser(sites.roots);
  assert.equal((await signIn(browser, { code })).status, 201);
  await keepSession(browser, 'the link');
  assert.equal((await signIn(new Browser(sites.roots), { code })).status, 401);
  const byToken = new Browser(sites.roots);
  assert.equal((await signIn(byToken, { token: latchkey.owner })).status, 201);
  await keepSession(byToken, 'a token');
  keep('the owner’s token', latchkey.owner);
  return code;
}

async function tokensOnTheApi() {
  const tokens = await sites.toolTokens('ada');
  const use = async (token) => (await latchkey.api('GET', '/v1/accounts', { token })).status;
  assert.equal(await use(tokens.access_token), 200);
  assert.equal(await use(tokens.id_token), 401);
  assert.equal(await use(`${tokens.access_token.slice(0, -8)}AAAAAAAA`), 401);
}

// What the provider was asked and has answered, of those that it has let in and of those it has not.
function keepExchanged() {
  for (const { asked, answered } of sites.provider.exchanged) {
    keep('a PKCE verifier', asked.code_verifier);
    keep('an authorization code', asked.code);
    if (!answered.id_token) continue;
    keep('an access token', answered.access_token);
    keep('an ID token', answered.id_token);
    keep('an ID token’s signature', answered.id_token.split('.')[2]);
    const { nonce } = JSON.parse(Buffer.from(answered.id_token.split('.')[1], 'base64url'));
    if (nonce !== 'n') keep('a nonce', nonce); // that of the tool is nobody's secret
  }
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

test('secrets of signing in are in no log line and in no file but those of secrets/', async () => {
  await sessionOfPerson();
  await sessionsThatAreRefused();
  const linkCode = await sessionByLink();
  await tokensOnTheApi();
  keepExchanged();
  keep('the client secret', clientSecret);
  const [{ data }] = await latchkey.events('&type=PersonSignedIn');
  const person = Buffer.from(data.person.slice('per_'.length), 'hex').toString('latin1');
  const findings = [];
  const search = () => {
    const texts = new Map([
      ['standard output', latchkey.out],
      ['the log', latchkey.log],
    ]);
    const inSecrets = join(latchkey.data, 'secrets') + sep;
    for (const file of filesOf(latchkey.data)) {
      if (!file.startsWith(inSecrets))
        texts.set(file.slice(latchkey.data.length), readFileSync(file, 'latin1'));
    }
    for (const [where, text] of texts) {
      for (const { what, secret } of secrets)
        if (text.includes(secret)) findings.push(`${where} has ${what}`);
    }
    return texts;
  };
  search(); // while it is served, too
  await latchkey.stop();
  const texts = search();
  assert.deepEqual(findings, []);

  // The link is on standard output for its reader, once, and nowhere else.
  assert.deepEqual(
    [...texts].filter(([, text]) => text.includes(linkCode)).map(([where]) => where),
    ['standard output'],
  );
  assert.equal(latchkey.out.split(linkCode).length, 2);

  // That it would have been seen: the log speaks of all these requests, and files of who signed in.
  for (const path of ['/v1/session/callback', '/v1/session', '/v1/accounts'])
    assert.ok(latchkey.log.includes(path), path);
  assert.ok(
    [...texts].some(([where, text]) => where.startsWith('/ledger/') && text.includes(person)),
  );
  const kinds = secrets.map(({ what }) => what);
  for (const what of ['a PKCE verifier', 'an ID token', 'an access token', 'a nonce'])
    assert.ok(kinds.includes(what), what);
});
