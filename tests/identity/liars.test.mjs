// Providers that are wrong, slow or pressed: what Latchkey does when the other site is not what it
// should be.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Browser } from './browser.mjs';
import { certificate } from './provider.mjs';
import { Latchkey } from './served.mjs';

const site = '127.0.0.3';
const audience = 'https://console.example.com/v1';
const directory = mkdtempSync(join(tmpdir(), 'latchkey-liars-'));
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let trusted;
let other;
before(() => {
  trusted = certificate(directory, site, 'trusted');
  other = certificate(directory, site, 'other');
});
after(() => rmSync(directory, { recursive: true, force: true }));

// A provider that answers right but for what `change` does; counts what it is asked. It takes no code.
async function withProvider(change, tls, use, options = []) {
  const asked = { keys: 0, codes: 0, elsewhere: 0 };
  const server = createServer(
    { key: readFileSync(tls.key), cert: readFileSync(tls.cert) },
    (request, response) => {
      const metadata = {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
      };
      const answers = {
        '/.well-known/openid-configuration': () => response.end(JSON.stringify(metadata)),
        '/keys': () => {
          ++asked.keys;
          const jwk = {
            ...publicKey.export({ format: 'jwk' }),
            kid: 'one',
            use: 'sig',
            alg: 'ES256',
          };
          response.end(JSON.stringify({ keys: [jwk] }));
        },
        '/token': () => {
          ++asked.codes;
          response
            .writeHead(400, { 'content-type': 'application/json' })
            .end('{"error":"invalid_grant"}');
        },
        '/elsewhere': () => {
          ++asked.elsewhere;
          response.end(JSON.stringify(metadata));
        },
      };
      if (!change?.(request, response, metadata)) answers[request.url]?.();
    },
  );
  server.listen(0, site);
  await once(server, 'listening');
  const issuer = `https://${site}:${server.address().port}`;
  const home = mkdtempSync(join(directory, 'home-'));
  let latchkey;
  try {
    latchkey = await Latchkey.start({
      binary: process.env.LATCHKEY,
      directory: home,
      options,
      identity: {
        issuer,
        client_id: 'latchkey',
        public_url: 'https://console.example.com',
        audience,
        ca_file: trusted.cert,
        roles: [{ claim: 'groups', value: 'owners', role: 'owner' }],
      },
    });
    return await use(latchkey, asked, issuer);
  } finally {
    await latchkey?.stop();
    server.close();
    server.closeAllConnections();
  }
}

const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
function accessToken(issuer, header = {}, claims = {}) {
  const now = Math.floor(Date.now() / 1000);
  const data = `${part({ alg: 'ES256', typ: 'at+jwt', kid: 'one', ...header })}.${part({
    iss: issuer,
    sub: 'ada',
    aud: audience,
    iat: now,
    exp: now + 300,
    groups: ['owners'],
    ...claims,
  })}`;
  return `${data}.${sign('sha256', Buffer.from(data), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const lies = {
  'another issuer': (request, response, metadata) => {
    metadata.issuer += '/';
  },
  'an endpoint without TLS': (request, response, metadata) => {
    metadata.token_endpoint = 'http://127.0.0.3/';
  },
  'a redirect': (request, response) => {
    if (request.url !== '/.well-known/openid-configuration') return false;
    response.writeHead(302, { location: '/elsewhere' }).end();
    return true;
  },
  'no JSON': (request, response) => {
    response.end('<html>');
    return true;
  },
  'more than anyone has to say': (request, response, metadata) => {
    response.end(JSON.stringify({ ...metadata, filler: 'x'.repeat(300 * 1024) }));
    return true;
  },
  'an error': (request, response) => {
    response.writeHead(500).end();
    return true;
  },
};
for (const [name, change] of Object.entries(lies)) {
  test(`metadata with ${name} sign nobody in`, () =>
    withProvider(change, trusted, async (latchkey, asked) => {
      const browser = new Browser([latchkey.ca]);
      const answer = await browser.get(`${latchkey.origin}/v1/session/provider`);
      assert.equal(answer.location, `${latchkey.origin}/sign-in?error=provider_unreachable`);
      assert.equal(asked.elsewhere, 0);
      await latchkey.logged('provider_problem');
    }));
}

test('a provider under the certificate of another CA is not asked', () =>
  withProvider(null, other, async (latchkey, asked, issuer) => {
    const answer = await new Browser([latchkey.ca]).get(`${latchkey.origin}/v1/session/provider`);
    assert.equal(answer.location, `${latchkey.origin}/sign-in?error=provider_unreachable`);
    const refused = await latchkey.api('GET', '/v1/accounts', { token: accessToken(issuer) });
    assert.equal(refused.status, 503);
    assert.equal(refused.json.code, 'provider_unreachable');
    assert.equal(asked.keys, 0);
  }));

test('tokens under made-up keys have the keys fetched once', () =>
  withProvider(null, trusted, async (latchkey, asked, issuer) => {
    const good = () => latchkey.api('GET', '/v1/accounts', { token: accessToken(issuer) });
    assert.equal((await good()).status, 200);
    for (let i = 0; i < 20; ++i) {
      const { status } = await latchkey.api('GET', '/v1/accounts', {
        token: accessToken(issuer, { kid: `k${i}` }),
      });
      assert.equal(status, 401);
    }
    assert.ok(asked.keys <= 2, `${asked.keys} times`); // at start, and for the first of them
    // Tokens that are not for us ask for nothing.
    const before = asked.keys;
    await latchkey.api('GET', '/v1/accounts', {
      token: accessToken(issuer, { kid: 'x' }, { aud: 'x' }),
    });
    assert.equal(asked.keys, before);
    assert.equal((await good()).status, 200);
  }));

test('a provider that never answers holds up nobody but those who sign in', () =>
  withProvider(
    () => true,
    trusted,
    async (latchkey) => {
      let waits = true;
      const signIn = new Browser([latchkey.ca]).get(`${latchkey.origin}/v1/session/provider`);
      const ended = () => (waits = false);
      signIn.then(ended, ended);
      for (let i = 0; i < 50; ++i) {
        assert.equal(
          (await latchkey.api('GET', '/v1/accounts', { token: latchkey.owner })).status,
          200,
        );
      }
      assert.ok(waits);
      await latchkey.stop(); // and does not hold up the end
      await signIn.catch(() => {});
    },
  ));

// As many as one address may have refused at once (api/http/limits.h).
const refusalsAtOnce = 60;

test('a stranger has the provider asked about made-up codes only so often', () =>
  withProvider(
    null,
    trusted,
    async (latchkey, asked) => {
      const begin = async () => {
        const browser = new Browser([latchkey.ca]);
        const { location } = await browser.get(`${latchkey.origin}/v1/session/provider`);
        return { browser, state: new URL(location).searchParams.get('state') };
      };
      const reason = async ({ browser, state }) => {
        const { location } = await browser.get(
          `${latchkey.origin}/v1/session/callback?state=${state}&code=made-up`,
        );
        return new URL(location).searchParams.get('error');
      };
      const early = await begin();
      for (let i = 0; i < refusalsAtOnce; ++i)
        assert.equal(await reason(await begin()), 'provider_refused');
      // Some tries come back with time, so not every one of these is refused at the door.
      const later = [];
      for (let i = 0; i < refusalsAtOnce; ++i) later.push(await reason(await begin()));
      assert.ok(
        later.filter((error) => error === 'rate_limited').length > refusalsAtOnce / 2,
        later.join(),
      );
      assert.equal(
        asked.codes,
        refusalsAtOnce + later.filter((error) => error === 'provider_refused').length,
      );
      assert.equal(await reason(early), 'rate_limited');
      // A token that is good is taken as ever.
      assert.equal(
        (await latchkey.api('GET', '/v1/accounts', { token: latchkey.owner })).status,
        200,
      );
    },
    ['--limit-loopback'],
  ));

test('a configuration that is not right is named, with exit code 2', () => {
  for (const [text, words] of [
    ['{', 'not a JSON object'],
    ['{"issuer": "http://id.example.com"}', '"issuer" must be an https'],
    ['{"issuer": "https://id.example.com", "clientid": "x"}', '"clientid" is not a known member'],
  ]) {
    const file = join(directory, 'bad.json');
    execFileSync('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', text, file]);
    assert.throws(
      () =>
        execFileSync(
          process.env.LATCHKEY,
          ['serve', '--data', join(directory, 'never'), '--identity', file],
          { stdio: 'pipe' },
        ),
      (error) => error.status === 2 && error.stderr.toString().includes(words),
    );
  }
});
