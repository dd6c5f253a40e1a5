// The two sites of these tests: a provider at 127.0.0.2, and Latchkey at 127.0.0.1, which is known to
// the world by another name, as if behind a proxy that the browser plays. To a browser no two of
// these are of one site.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Browser } from './browser.mjs';
import { certificate, clientSecret, ec, rsa, startProvider } from './provider.mjs';
import { Latchkey } from './served.mjs';

const host = '127.0.0.2';
export const publicUrl = 'https://console.example.com';
const audience = `${publicUrl}/v1`;
const toolRedirect = 'https://tool.example.com/done';
const accounts = ['acme', 'globex'];

export class Sites {
  static async start({ options } = {}) {
    const sites = new Sites(options);
    try {
      await sites.#begin();
    } catch (error) {
      await sites.stop();
      throw error;
    }
    return sites;
  }

  constructor(options) {
    this.options = options;
    this.directory = mkdtempSync(join(tmpdir(), 'latchkey-identity-'));
    this.tls = certificate(this.directory, host);
  }

  async #begin() {
    await this.startProvider([rsa('first'), ec('first-ec')]);
    writeFileSync(join(this.directory, 'client-secret'), `${clientSecret}\n`);
    const latchkey = await this.startLatchkey();
    this.roots = [readFileSync(this.tls.cert, 'utf8'), latchkey.ca];
    for (const account of accounts) {
      const { status } = await latchkey.api('PUT', `/v1/accounts/${account}`, {
        token: latchkey.owner,
      });
      if (status !== 201) throw new Error(`${account} is not opened: ${status}`);
    }
  }

  // Once more it stands where it stood, whatever it signs with now.
  async startProvider(keys) {
    this.provider = await startProvider({
      host,
      port: this.provider?.port,
      tls: this.tls,
      jwks: { keys },
      consoleOrigin: publicUrl,
      toolRedirect,
      audience,
    });
    return this.provider;
  }

  // Once more on the same ledger and address.
  async startLatchkey() {
    this.latchkey = await Latchkey.start({
      binary: process.env.LATCHKEY,
      directory: this.directory,
      options: this.options,
      management: this.latchkey && new URL(this.latchkey.origin).host,
      identity: {
        name: 'Example ID',
        issuer: this.provider.issuer,
        client_id: 'latchkey',
        client_secret_file: 'client-secret',
        public_url: publicUrl,
        audience,
        scopes: ['openid', 'profile'],
        ca_file: this.tls.cert,
        roles: [
          { claim: 'groups', value: 'ledger-owners', role: 'owner' },
          { claim: 'groups', value: 'helpdesk-acme', role: 'helpdesk', accounts: ['acme'] },
        ],
      },
    });
    return this.latchkey;
  }

  // A browser that was sent to the provider, signed in there, and stands in front of the callback.
  async comeBack(person, path = '/accounts/acme', browser = new Browser(this.roots)) {
    const start = `${this.latchkey.origin}/v1/session/provider?return=${encodeURIComponent(path)}`;
    const callback = await browser.signIn(start, person, (url) => url.startsWith(publicUrl));
    return { browser, callback: callback.replace(publicUrl, this.latchkey.origin) };
  }

  // An access token for the API and the ID token beside it, as a program gets them.
  async toolTokens(person) {
    const { issuer } = this.provider;
    const browser = new Browser(this.roots);
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'tool',
      redirect_uri: toolRedirect,
      scope: 'openid profile',
      resource: audience,
      nonce: 'n',
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    });
    const back = await browser.signIn(`${issuer}/auth?${query}`, person, (url) =>
      url.startsWith(toolRedirect),
    );
    const answer = await browser.post(`${issuer}/token`, {
      grant_type: 'authorization_code',
      code: new URL(back).searchParams.get('code'),
      client_id: 'tool',
      redirect_uri: toolRedirect,
      code_verifier: verifier,
      resource: audience,
    });
    const tokens = JSON.parse(answer.text);
    if (!tokens.access_token) throw new Error(`no access token: ${answer.text}`);
    return tokens;
  }

  async stop() {
    await this.latchkey?.stop();
    await this.provider?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
