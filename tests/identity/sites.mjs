// The two sites of these tests: a provider at 127.0.0.2, and Latchkey at 127.0.0.1, which is known to
// the world by another name, as if behind a proxy that the browser plays. To a browser no two of
// these are of one site.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { certificate, clientSecret, ec, rsa, startProvider } from './provider.mjs';
import { Latchkey } from './served.mjs';

const host = '127.0.0.2';
export const publicUrl = 'https://console.example.com';
export const audience = `${publicUrl}/v1`;
export const toolRedirect = 'https://tool.example.com/done';
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
      const { status } = await latchkey.api('PUT', `/v1/accounts/${account}`, { token: latchkey.owner });
      if (status !== 201) throw new Error(`${account} is not opened: ${status}`);
    }
  }

  // Once more it stands where it stood, whatever it signs with now.
  async startProvider(keys) {
    this.provider = await startProvider({
      host, port: this.provider?.port, tls: this.tls, jwks: { keys }, consoleOrigin: publicUrl, toolRedirect, audience,
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

  async stop() {
    await this.latchkey?.stop();
    await this.provider?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
