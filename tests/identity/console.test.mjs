// People in front of the console: a real browser goes to the provider on another site and comes back.
// The sites really are two, so that the rules for cookies bite as they do in the world. Run by run.sh.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { closeBrowser, mapHost, withPage } from '../../web/tests/support/browser.mjs';
import { Sites, publicUrl } from './sites.mjs';

const sessionCookie = '__Host-latchkey-session';
const loginCookie = '__Host-latchkey-login';

let sites;
before(async () => {
  sites = await Sites.start();
  mapHost(new URL(publicUrl).host, new URL(sites.latchkey.origin).host);
});
after(async () => {
  await closeBrowser();
  await sites?.stop();
});

const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { name, exact: true });
const visit = (path, work) =>
  withPage({ origin: publicUrl }, { path, token: null, beside: sites.provider.issuer }, work);

// From the sign-in page through the pages of the provider, and back.
async function signIn(page, person) {
  await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
  await page.getByPlaceholder('Enter any login').fill(person);
  await page.getByPlaceholder('and password').fill('any');
  await button(page, 'Sign-in').click();
  await button(page, 'Continue').click();
}

async function choose(page, who, item) {
  await button(page, `Signed in as ${who}`).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

const sessionOf = (page) =>
  page.evaluate(async () => (await (await fetch('/v1/session')).json()).session);

const cookies = async (page) => (await page.context().cookies(publicUrl)).map(({ name }) => name);

// What the browser said of itself on its way, for each document of the console.
function watchDocuments(page) {
  const documents = [];
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.url().startsWith(publicUrl))
      documents.push(request);
  });
  return async (path) => {
    const request = documents.find((each) => new URL(each.url()).pathname === path);
    const headers = await request.allHeaders();
    const pairs = headers.cookie?.split('; ') ?? [];
    return { from: headers['sec-fetch-site'], cookies: pairs.map((pair) => pair.split('=')[0]) };
  };
}

test('a person signs in by a provider on another site, acts by name, and signs out', () =>
  visit('/accounts/acme/history', async (page) => {
    const document = watchDocuments(page);
    await heading(page, 'Sign in').waitFor();
    await signIn(page, 'ada');
    // The page that was asked for before.
    await heading(page, 'History').waitFor();
    assert.equal(page.url(), `${publicUrl}/accounts/acme/history`);

    await page.getByRole('banner').getByText('Ada Lovelace', { exact: true }).waitFor();

    // What is lax came back with the browser.
    const callback = await document('/v1/session/callback');
    assert.deepEqual(callback, { from: 'cross-site', cookies: [loginCookie] });
    const { operator } = await sessionOf(page);
    assert.deepEqual([operator.kind, operator.role, operator.accounts], ['person', 'owner', null]);
    const kept = await page.context().cookies(publicUrl);
    assert.deepEqual(
      kept.map(({ name, sameSite, httpOnly, secure }) => [name, sameSite, httpOnly, secure]),
      [[sessionCookie, 'Strict', true, true]],
    );

    await page.getByRole('link', { name: 'Gateways' }).click();
    await button(page, 'Add gateway').click();
    await page.getByLabel('Name').fill('Kiosk');
    await button(page, 'Add').click();
    await page.getByTestId('key').waitFor();
    await button(page, 'Close').click();
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('You added the gateway Kiosk').waitFor();

    await choose(page, 'Ada Lovelace, Owner', 'Sign out');
    await heading(page, 'Sign in').waitFor();
    assert.deepEqual(await cookies(page), []);
    await page.goBack();
    await heading(page, 'Sign in').waitFor();
    assert.equal(await sessionOf(page), null);
  }));

test('another owner reads in the history who it was', () =>
  visit('/accounts/acme/history', async (page) => {
    await page.getByLabel('Operator token').fill(sites.latchkey.owner);
    await button(page, 'Sign in').click();
    await page.getByText('Ada Lovelace added the gateway Kiosk').waitFor();
  }));

test('a link from another site to the console brings no session along', () =>
  visit('/', async (page) => {
    const document = watchDocuments(page);
    await signIn(page, 'ada');
    await heading(page, 'Overview').waitFor();
    await page.goto(`${sites.provider.issuer}/.well-known/openid-configuration`);
    await page.evaluate((url) => void (window.location.href = url), `${publicUrl}/accounts`);
    await heading(page, 'Accounts').waitFor(); // which asks for itself, and is of this site
    assert.deepEqual(await document('/accounts'), { from: 'cross-site', cookies: [] });
  }));

test('role and accounts are what the configuration makes of a person', () =>
  visit('/', async (page) => {
    await signIn(page, 'hedy');
    await heading(page, 'Gateways').waitFor();
    await button(page, 'Signed in as Hedy Lamarr, Helpdesk').waitFor();
    await page.getByRole('article', { name: 'Kiosk' }).waitFor();
    assert.equal(await button(page, 'Add gateway').count(), 0);
    await button(page, 'Account: acme').click();
    assert.deepEqual(await page.getByRole('menuitemradio').allTextContents(), ['acme']);
    await page.keyboard.press('Escape');
    await page.goto(`${publicUrl}/accounts/globex/gateways`);
    await heading(page, 'Nothing here').waitFor();
  }));

test('signing out everywhere ends the sessions in other browsers too', () =>
  visit('/', async (here) => {
    await signIn(here, 'ada');
    await heading(here, 'Overview').waitFor();
    await visit('/', async (there) => {
      await signIn(there, 'ada');
      await heading(there, 'Overview').waitFor();
      await choose(there, 'Ada Lovelace, Owner', 'Sign out everywhere');
      await heading(there, 'Sign in').waitFor();
    });
    // Its stream has ended, and nobody has to touch the page.
    await here.getByText('Your session has ended. Please sign in again.').waitFor();
    assert.equal(await sessionOf(here), null);
  }));

test('whom no rule lets in is told so', () =>
  visit('/', async (page) => {
    await signIn(page, 'eve');
    await page
      .getByRole('alert')
      .getByText('You are known, but no role here is given to you.')
      .waitFor();
    assert.ok(!(await cookies(page)).includes(sessionCookie));
    assert.equal(await sessionOf(page), null);
    assert.equal(await page.getByRole('navigation').count(), 0);
  }));

test('whoever breaks off at the provider is told so, and where they wanted to go is not forgotten', () =>
  visit('/accounts/acme/history', async (page) => {
    await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
    await page.getByRole('link', { name: '[ Cancel ]' }).click();
    await page.getByRole('alert').getByText('The sign-in was refused or broken off.').waitFor();
    // And may begin again.
    await signIn(page, 'ada');
    await heading(page, 'History').waitFor();
    assert.equal(page.url(), `${publicUrl}/accounts/acme/history`);
  }));

test('a provider that is down is said to be so, and tokens still sign in', async () => {
  await sites.latchkey.stop(); // so that it has not heard of it
  await sites.provider.stop();
  await sites.startLatchkey();
  await visit('/tokens?x=1', async (page) => {
    await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
    await page.getByRole('alert').getByText('The sign-in service cannot be reached now.').waitFor();
    await page.getByLabel('Operator token').fill(sites.latchkey.owner);
    await button(page, 'Sign in').click();
    await heading(page, 'Tokens').waitFor();
    assert.equal(page.url(), `${publicUrl}/tokens?x=1`);
  });
});
