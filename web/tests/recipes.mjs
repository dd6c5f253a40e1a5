// What the key window tells people to run is run: each recipe as it is copied, against a real ledger.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const binary = process.env.LATCHKEY_BINARY ?? 'latchkey';

const copied = (page, before) =>
  page
    .waitForFunction(async (old) => {
      const text = await navigator.clipboard.readText();
      return text !== old && text;
    }, before)
    .then((handle) => handle.jsonValue());

// Adds a gateway and copies its recipe in the window of its key, which stays open until `work` is done.
async function withRecipe(ledger, name, tab, work) {
  const { id, key } = await ledger.api('POST', '/v1/accounts/acme/gateways', { name });
  await withPage(ledger, { path: '/accounts/acme/gateways' }, async (page) => {
    await page.getByRole('button', { name: `Registration Key: ${name}` }).click();
    await page.getByRole('tab', { name: tab, exact: true }).click();
    const panel = page.getByRole('tabpanel');
    const before = await page.evaluate(() => navigator.clipboard.readText());
    await panel.getByRole('button', { name: 'Copy command' }).click();
    await work({ page, key, id, command: await copied(page, before) });
  });
}

describe('a recipe', () => {
  let ledger;
  let where;
  before(async () => {
    ledger = await Ledger.start();
    await ledger.api('PUT', '/v1/accounts/acme');
    where = path.join(ledger.directory, 'programs');
    await mkdir(where);
    await symlink(path.resolve(binary), path.join(where, 'latchkey'));
  });
  after(() => ledger?.stop());

  // The person types the key: nothing of it is in the command.
  async function run(command, key, folder) {
    const cwd = path.join(ledger.directory, folder);
    await mkdir(cwd);
    const env = { ...process.env, PATH: `${where}:${process.env.PATH}` };
    const shell = spawn('bash', ['-c', command], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (data) => (said += data));
    shell.stdin.end(`${key}\n`);
    const [code] = await once(shell, 'exit');
    return { code, said };
  }

  for (const [tab, more] of [
    ['Linux', ' --key-file -'],
    ['curl and openssl', ''],
    ['EST', ''],
  ]) {
    test(`for ${tab} leads to a green dot`, async () => {
      await withRecipe(ledger, `By ${tab}`, tab, async ({ page, key, id, command }) => {
        assert.ok(!command.includes(key));
        const { code, said } = await run(command + more, key, `by-${tab.replaceAll(' ', '-')}`);
        assert.equal(code, 0, said);
        await page.getByRole('heading', { name: `By ${tab} is connected` }).waitFor();
        assert.equal((await ledger.api('GET', `/v1/gateways/${id}`)).status, 'green');
      });
    });
  }

  test('sends the key to no other server', async () => {
    const other = await Ledger.start();
    try {
      await withRecipe(ledger, 'Elsewhere', 'curl and openssl', async ({ key, command }) => {
        const there = command.replace(ledger.gateways, other.gateways);
        assert.notEqual(there, command);
        const { code, said } = await run(there, key, 'elsewhere');
        assert.notEqual(code, 0);
        assert.ok(!said.includes('Key'), said);
      });
    } finally {
      await other.stop();
    }
  });

  // Neither a container nor a virtual machine is started here: what they would be told is checked.
  for (const tab of ['systemd', 'Docker', 'cloud-init']) {
    test(`for ${tab} uses what the program and its package have`, async () => {
      await withRecipe(ledger, `By ${tab}`, tab, async ({ key, command }) => {
        assert.equal(command.includes(key), tab === 'cloud-init');
        const script = tab === 'cloud-init' ? command.split('  - |\n')[1] : command;
        const parsed = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
        assert.equal(parsed.status, 0, parsed.stderr);
        for (const [, act, rest] of script.matchAll(
          /latchkey (register|agent)((?: |\\\n)[^&<]+)/g,
        )) {
          const help = spawnSync(binary, [act, '--help'], { encoding: 'utf8' }).stdout;
          for (const [flag] of rest.matchAll(/--[a-z-]+/g))
            assert.ok(help.includes(flag), `${act} ${flag}`);
        }
        if (tab === 'Docker') return;
        const unit = await readFile(
          new URL('../../package/systemd/latchkey-agent.service', import.meta.url),
          'utf8',
        );
        const [, folder] = /ExecStart=.* --dir (\S+)/.exec(unit);
        const [, user] = /User=(\S+)/.exec(unit);
        assert.ok(script.includes(`--out ${folder} `), folder);
        assert.ok(script.includes(`runuser -u ${user} -- latchkey register`));
        assert.ok(script.includes('systemctl enable --now latchkey-agent'));
      });
    });
  }
});
