// A real ledger: `latchkey serve` on a directory of its own, and `latchkey register` beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const binary = process.env.LATCHKEY_BINARY ?? 'latchkey';
const stopWithinMs = 15_000;

// Runs a command of the program to its end; it must succeed.
export async function latchkey(...args) {
  const command = spawn(binary, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(command, 'exit');
  if (code !== 0) throw new Error(`latchkey ${args.join(' ')}: exit code ${code}`);
}

export class Ledger {
  #process;
  #agent;
  #checkIns = [];

  // `prepare` fills the data directory before it is served; unless given, a new ledger is made.
  static async start({ options = [], connections = 4, prepare } = {}) {
    const ledger = new Ledger();
    ledger.directory = await mkdtemp(path.join(tmpdir(), 'latchkey-web-'));
    ledger.data = path.join(ledger.directory, 'data');
    await prepare?.(ledger.data);
    const all = ['--gateways', '127.0.0.1:0'].concat(options);
    await ledger.#serve(all, 'secrets/owner-token', connections);
    return ledger;
  }

  // Serves the same directory again, read-only.
  async reopenToRead() {
    await this.#end();
    await this.#serve(['--read-only'], 'run/owner-token', 4);
  }

  async #serve(options, tokenFile, connections) {
    this.#process = spawn(
      binary,
      ['serve', '--data', this.data, '--management', '127.0.0.1:0']
        .concat(['--sign-in-link', '--log-level', 'warn'])
        .concat(options),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.link = null;
    // The greeting ends with the link that signs the first owner in.
    for await (const line of createInterface({ input: this.#process.stdout })) {
      const link = /https:\/\/\S+#code=\S+/.exec(line);
      if (!link) continue;
      this.link = link[0];
      break;
    }
    this.#process.stdout.resume();
    if (!this.link) throw new Error('serve did not say how to sign in');
    const read = async (file) => (await readFile(path.join(this.data, file), 'utf8')).trim();
    this.origin = await read('run/management');
    this.gateways = await read('run/gateways');
    this.token = await read(tokenFile);
    this.ca = await readFile(path.join(this.data, 'run/ca.crt'));
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: connections, ca: this.ca });
  }

  async stop() {
    await this.#end();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end() {
    this.#checkIns.forEach(clearInterval);
    this.#agent.destroy();
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit', { signal: AbortSignal.timeout(stopWithinMs) });
      this.#process.kill('SIGTERM');
      await ended;
    }
  }

  // The management API with the owner's token; gives the answer's JSON.
  async api(method, where, body) {
    const answer = await this.#send(this.origin + where, method, body, {
      agent: this.#agent,
      headers: { Authorization: `Bearer ${this.token}` },
    });
    if (answer.status >= 300)
      throw new Error(`${method} ${where}: ${answer.status} ${answer.text}`);
    return answer.text ? JSON.parse(answer.text) : null;
  }

  async #send(url, method, body, options) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { ...options.headers };
    if (text !== undefined) {
      headers['Content-Type'] = 'application/json';
      headers['Content-Length'] = Buffer.byteLength(text);
    }
    const request = https.request(url, { method, ...options, headers });
    request.end(text);
    const [response] = await once(request, 'response');
    const parts = [];
    for await (const part of response) parts.push(part);
    return { status: response.statusCode, text: Buffer.concat(parts).toString() };
  }

  // What an installer does on its machine; `run` is its command, and the exit code is given.
  async register(key, machine, run) {
    const out = path.join(this.directory, machine);
    const keyFile = `${out}.key`;
    await writeFile(keyFile, `${key}\n`, { mode: 0o600 });
    const installer = spawn(
      binary,
      ['register', '--url', this.gateways, '--ca', path.join(this.data, 'run/ca.crt')]
        .concat(['--key-file', keyFile, '--out', out, '--version', '6.2.0'])
        .concat(run ? ['--run', run] : []),
      { stdio: 'ignore' },
    );
    const [code] = await once(installer, 'exit');
    return code;
  }

  async #asGateway(machine) {
    const out = path.join(this.directory, machine);
    return new https.Agent({
      keepAlive: true,
      ca: this.ca,
      cert: await readFile(path.join(out, 'gateway.crt')),
      key: await readFile(path.join(out, 'gateway.key')),
    });
  }

  // One check-in of the gateway on `machine`; gives the answer's JSON.
  async checkIn(machine, body = {}) {
    const agent = await this.#asGateway(machine);
    const answer = await this.#send(`${this.gateways}/v1/check-in`, 'POST', body, { agent });
    agent.destroy();
    return JSON.parse(answer.text);
  }

  // The gateway on `machine` says from now on that it is there.
  async keepConnected(machine, everyMs) {
    const agent = await this.#asGateway(machine);
    const checkIn = () =>
      this.#send(`${this.gateways}/v1/check-in`, 'POST', { version: '6.2.0' }, { agent }).catch(
        () => {},
      );
    this.#checkIns.push(setInterval(checkIn, everyMs));
  }

  // Opens an account with gateways: {name, primary?, machine?, run?}; with a machine it registers.
  async furnish(account, gateways) {
    await this.api('PUT', `/v1/accounts/${account}`);
    const ids = new Map();
    for (const { name, primary, machine, run } of gateways) {
      const added = await this.api('POST', `/v1/accounts/${account}/gateways`, {
        name,
        ...(primary ? { primary: ids.get(primary) } : {}),
      });
      ids.set(name, added.id);
      if (machine) await this.register(added.key, machine, run);
    }
    return ids;
  }
}
