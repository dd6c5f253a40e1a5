// `latchkey serve` with a provider, and what tests ask of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export class Latchkey {
  // Starts it on `management` (HOST:PORT, port 0 picks one). `identity` is the configuration.
  static async start({ binary, directory, identity, management = '127.0.0.1:0', options = [] }) {
    const file = join(directory, 'identity.json');
    writeFileSync(file, JSON.stringify(identity));
    const data = join(directory, 'data');
    const child = spawn(
      binary,
      [
        'serve',
        '--data',
        data,
        '--identity',
        file,
        '--management',
        management,
        '--gateways',
        '127.0.0.1:0',
        ...options,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const latchkey = new Latchkey(child, data);
    child.stderr.setEncoding('utf8').on('data', (text) => (latchkey.log += text));
    child.stdout.setEncoding('utf8').on('data', (text) => (latchkey.out += text));
    while (!latchkey.out.includes('On this machine try')) {
      if (child.exitCode !== null)
        throw new Error(`serve ended with ${child.exitCode}: ${latchkey.log}`);
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    }
    latchkey.origin = readFileSync(join(data, 'run', 'management'), 'utf8').trim();
    latchkey.ca = readFileSync(join(data, 'run', 'server.crt'), 'utf8');
    latchkey.owner = readFileSync(join(data, 'secrets', 'owner-token'), 'utf8').trim();
    return latchkey;
  }

  constructor(child, data) {
    this.child = child;
    this.data = data;
    this.log = '';
    this.out = '';
  }

  // With a bearer token, or none.
  async api(method, path, { token, body } = {}) {
    const response = await new Promise((resolve, reject) => {
      const sent = request(
        this.origin + path,
        {
          method,
          ca: this.ca,
          headers: {
            ...(token && { authorization: `Bearer ${token}` }),
            ...(body && { 'content-type': 'application/json' }),
          },
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    return { status: response.statusCode, json: text && JSON.parse(text) };
  }

  async events(query = '') {
    return (await this.api('GET', `/v1/events?limit=1000${query}`, { token: this.owner })).json
      .events;
  }

  // Waits until a line of the log has this; lines are written some at a time.
  async logged(text) {
    for (let tries = 0; !this.log.includes(text); ++tries) {
      if (tries === 500) throw new Error(`no line has ${text}: ${this.log}`);
      await setTimeout(20);
    }
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
