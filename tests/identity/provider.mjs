// A certified OpenID provider (oidc-provider) on another site than Latchkey: another loopback
// address, with a certificate of its own. It knows a few people, and gives JWT access tokens for
// the API.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

import Provider from 'oidc-provider';

// Their groups are what the rules of Latchkey's configuration look at.
export const people = {
  ada: { name: 'Ada Lovelace', groups: ['ledger-owners'] },
  hedy: { name: 'Hedy Lamarr', groups: ['staff', 'helpdesk-acme'] },
  eve: { name: 'Eve', groups: ['staff'] },
};

// A certificate of its own for this address, as files of the directory.
export function certificate(directory, site, name = 'provider') {
  const files = { key: join(directory, `${name}.key`), cert: join(directory, `${name}.pem`) };
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${site}`,
      '-addext',
      `subjectAltName=IP:${site}`,
      '-keyout',
      files.key,
      '-out',
      files.cert,
    ],
    { stdio: 'pipe' },
  );
  return files;
}

// Keys that a provider signs with.
export const ec = (kid) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'ES256',
});
export const rsa = (kid) => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'RS256',
});

export const clientSecret = 'a secret of the console';

const ttl = {
  AccessToken: 600,
  AuthorizationCode: 60,
  IdToken: 600,
  Interaction: 600,
  Session: 600,
  Grant: 600,
};

export async function startProvider({
  host,
  port = 0,
  tls,
  jwks,
  consoleOrigin,
  toolRedirect,
  audience,
}) {
  const server = createServer({ key: readFileSync(tls.key), cert: readFileSync(tls.cert) });
  server.listen(port, host);
  await once(server, 'listening');
  const issuer = `https://${host}:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks,
    ttl,
    clients: [
      {
        client_id: 'latchkey',
        client_secret: clientSecret,
        redirect_uris: [`${consoleOrigin}/v1/session/callback`],
      },
      {
        client_id: 'tool',
        redirect_uris: [toolRedirect],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email'] },
    conformIdTokenClaims: false,
    findAccount: (ctx, sub) =>
      people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
    extraTokenClaims: (ctx, token) => ({ groups: people[token.accountId]?.groups }),
    cookies: { keys: ['of this test alone'] },
    pkce: { required: () => true, methods: ['S256'] },
    features: {
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid profile',
          audience,
          accessTokenFormat: 'jwt',
        }),
      },
    },
  });
  // What passes between it and its clients, with nobody in between.
  const exchanged = [];
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'token') exchanged.push({ asked: ctx.oidc.params, answered: ctx.body });
  });
  // What it would print for those who try it out says nothing here.
  server.on('request', provider.callback());
  return {
    issuer,
    exchanged,
    port: server.address().port,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
