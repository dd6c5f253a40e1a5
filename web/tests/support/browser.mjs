// Debian's Chromium, driven by playwright-core. Every page is watched: a script error, a violation of
// the Content-Security-Policy or a request that leaves the origin fails the test that opened it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.LATCHKEY_CHROMIUM ?? '/usr/bin/chromium';
const screenshots = process.env.LATCHKEY_SCREENSHOTS;
// A folder that the console was built into, to be tried in place of what the program holds.
const built = process.env.LATCHKEY_CONSOLE;
const patienceMs = 20_000;
const hosts = [];
let browser;

// Has the browser find `host` at this HOST:PORT; to be said before its first page is opened.
export function mapHost(host, address) {
  hosts.push(`MAP ${host} ${address}`);
}

async function launched() {
  browser ??= await chromium.launch({
    executablePath,
    args: [
      // Nothing but this machine is asked for, and no name is looked up.
      `--host-resolver-rules=${[...hosts, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.*'].join(', ')}`,
      // Root has no sandbox, as in containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

// Opens a page of the ledger's console and hands it to `work`. `beside` is an origin that it may go to
// and come back from; what happens there is not watched. With `clock` the test may move the time;
// `prepare` does something to the page before it is opened.
export async function withPage(ledger, options, work) {
  const { path: where = '/', token = ledger.token, beside, clock, prepare, ...rest } = options;
  const context = await (
    await launched()
  ).newContext({
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...rest,
  });
  context.setDefaultTimeout(patienceMs);
  if (clock) await context.clock.install();
  if (built) await serveBuilt(context, ledger.origin);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('console', (message) => {
    // The browser reports refusals (409 and the like) as errors; these are answers.
    const refusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !refusal) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol === 'data:' || origin === ledger.origin) return;
    if (beside && (request.isNavigationRequest() ? origin : new URL(page.url()).origin) === beside)
      return;
    complaints.push(`left: ${request.url()}`);
  });
  try {
    if (token !== null) await signIn(context, ledger, token);
    await prepare?.(page);
    await page.goto(ledger.origin + where);
    await work(page);
    assert.deepEqual(complaints, []);
  } catch (error) {
    error.message += ['', `at ${page.url()}`, ...complaints].join('\n');
    throw error;
  } finally {
    await context.close();
  }
}

// With the headers that the server has for a page, its policy for scripts among them.
async function serveBuilt(context, origin) {
  await context.route(`${origin}/assets/*`, (route) =>
    route.fulfill({ path: path.join(built, new URL(route.request().url()).pathname) }),
  );
  await context.route(
    (url) => url.origin === origin && !/^\/(v1|tlog|assets)\//.test(url.pathname),
    async (route) => {
      if (route.request().resourceType() !== 'document') return route.continue();
      const response = await route.fetch();
      return route.fulfill({ response, path: path.join(built, 'index.html') });
    },
  );
}

// A session for the context without the sign-in page, which has tests of its own.
async function signIn(context, ledger, token) {
  const answer = await context.request.post(`${ledger.origin}/v1/session`, {
    data: { token },
    headers: { Origin: ledger.origin },
  });
  assert.equal(answer.status(), 201);
}

const axeSource = await readFile(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

// Nothing that axe calls serious or critical is on the page.
export async function assertAccessible(page, name) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  const serious = violations
    .filter((found) => found.impact === 'serious' || found.impact === 'critical')
    .map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(' | ')}`);
  assert.deepEqual(serious, [], `${name} is not accessible`);
}

// Kept when they are asked for: LATCHKEY_SCREENSHOTS names the folder.
export async function screenshot(page, name) {
  if (!screenshots) return;
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}
