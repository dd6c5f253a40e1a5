// Gateways as a table and as tiles: the order of every column, the keyboard, and what a click opens.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, screenshot, withPage } from './support/browser.mjs';
import { Ledger } from './support/ledger.mjs';

const path = '/accounts/acme/gateways';
const button = (page, name) => page.getByRole('button', { name, exact: true });
const rows = (page) => page.locator('.table-body').getByRole('row');
const names = async (page) => {
  await rows(page).first().waitFor();
  return await rows(page).locator('.table-name').allTextContents();
};

describe('many gateways', () => {
  let ledger;
  before(async () => {
    ledger = await Ledger.start({ options: ['--check-in', '1m'] });
    await ledger.furnish('acme', [
      { name: 'Zoo', machine: 'zoo' },
      { name: 'Zoo spare', primary: 'Zoo' },
      { name: 'Zoo backup', primary: 'Zoo' },
      { name: 'Bank', machine: 'bank', run: 'exit 3' },
      { name: 'Attic' },
      ...[1, 2, 3, 4].map((n) => ({ name: `Attic ${n}`, primary: 'Attic' })),
    ]);
    await ledger.checkIn('zoo', { version: '6.10.0' });
  });
  after(() => ledger?.stop());

  test('are tiles or a table, as was chosen last or as the address says', async () => {
    await withPage(ledger, { path }, async (page) => {
      await page.getByRole('article', { name: 'Zoo' }).waitFor();
      await page.getByRole('radio', { name: 'Table' }).click();
      await rows(page).first().waitFor();
      assert.match(page.url(), /view=table/);
      await page.goto(ledger.origin + path);
      await rows(page).first().waitFor();
      await page.goto(`${ledger.origin}${path}?view=tiles`);
      await page.getByRole('article', { name: 'Zoo' }).waitFor();
    });
  });

  test('are sorted by every column, secondaries beneath their primary', async () => {
    await withPage(ledger, { path: `${path}?view=table` }, async (page) => {
      const attics = ['Attic', 'Attic 1', 'Attic 2', 'Attic 3', 'Attic 4'];
      const zoos = ['Zoo', 'Zoo backup', 'Zoo spare'];
      assert.deepEqual(await names(page), [...attics, 'Bank', ...zoos]);
      const [attic, under] = [rows(page).nth(0), rows(page).nth(1)];
      assert.equal(await attic.getAttribute('aria-level'), '1');
      assert.equal(await under.getAttribute('aria-level'), '2');
      const orders = {
        Status: ['Bank', ...attics, ...zoos],
        'Last seen': [...zoos, ...attics, 'Bank'],
        Version: [...zoos, ...attics, 'Bank'],
        Address: [...zoos, ...attics, 'Bank'],
        Key: [...attics, ...zoos, 'Bank'],
        Added: [...attics, 'Bank', ...zoos],
        Name: [...attics, 'Bank', ...zoos],
      };
      for (const [column, order] of Object.entries(orders)) {
        await button(page, `Sort by ${column}`).click();
        assert.deepEqual(await names(page), order, column);
        const head = page.getByRole('columnheader', { name: `Sort by ${column}` });
        assert.equal(await head.getAttribute('aria-sort'), 'ascending', column);
      }
      await button(page, 'Sort by Name').click();
      assert.deepEqual(await names(page), [...zoos, 'Bank', ...attics]);
      assert.match(page.url(), /sort=-name/);
      await page.reload();
      assert.deepEqual(await names(page), [...zoos, 'Bank', ...attics]);
      await assertAccessible(page, 'the table');
      await screenshot(page, 'table-light');
    });
  });

  test('are gone through, selected and opened by the keyboard', async () => {
    await withPage(ledger, { path: `${path}?view=table` }, async (page) => {
      await rows(page).first().waitFor();
      await button(page, 'Sort by Added').focus();
      await page.keyboard.press('Tab');
      const at = async (name) =>
        await page.waitForFunction(
          (wanted) => document.activeElement?.querySelector('.table-name')?.textContent === wanted,
          name,
        );
      await at('Attic');
      await page.keyboard.press('ArrowDown');
      await at('Attic 1');
      await page.keyboard.press('End');
      await at('Zoo spare');
      await page.keyboard.press('Space');
      await page.getByText('1 selected').waitFor();
      await page.keyboard.press('Shift+ArrowUp');
      await at('Zoo backup');
      await page.getByText('2 selected').waitFor();
      const chosen = await page.locator('[role=row][aria-selected=true]').count();
      assert.equal(chosen, 2);
      await assertAccessible(page, 'the table with a selection');
      await page.keyboard.press('Escape');
      await page.locator('.selected-bar').waitFor({ state: 'detached' });
      await page.keyboard.press('Home');
      await at('Attic');
      // The row's own controls come after it, those of the others do not.
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      await page.getByText('1 selected').waitFor();
      await page.keyboard.press('Shift+Tab');
      await at('Attic');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Attic', exact: true }).waitFor();
    });
  });

  test('show the primary of a secondary that matches, and select what matches alone', async () => {
    await withPage(ledger, { path: `${path}?view=table&search=spare` }, async (page) => {
      assert.deepEqual(await names(page), ['Zoo', 'Zoo spare']);
      await page.getByRole('checkbox', { name: 'Select all' }).press('Space');
      await page.getByText('1 selected').waitFor();
    });
  });

  test('open by a click anywhere that is not on a control', async () => {
    await withPage(ledger, { path: `${path}?view=tiles` }, async (page) => {
      const tile = page.getByRole('article', { name: 'Zoo' });
      await button(page, 'Actions for Zoo').click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await page.getByRole('dialog').getByText('New name').click();
      await button(page, 'Cancel').click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.match(page.url(), /gateways\?view=tiles$/);
      const { width } = await tile.boundingBox();
      await tile.click({ position: { x: width - 60, y: 55 } });
      await page.getByRole('heading', { name: 'Zoo', exact: true }).waitFor();
      await page.goto(`${ledger.origin}${path}?view=table`);
      await rows(page).filter({ hasText: 'Bank' }).getByText('installation failed').click();
      await page.getByRole('heading', { name: 'Bank', exact: true }).waitFor();
    });
  });

  test('fold their secondaries, but not those that need attention', async () => {
    await withPage(ledger, { path: `${path}?view=tiles` }, async (page) => {
      const tile = page.getByRole('article', { name: 'Attic', exact: true });
      const shown = () => tile.locator('.secondary-name').allTextContents();
      const fold = button(page, '4 secondaries: Attic');
      await fold.waitFor();
      assert.deepEqual(await shown(), []);
      const two = page.getByRole('article', { name: 'Zoo' }).locator('.secondary-name');
      assert.deepEqual(await two.allTextContents(), ['Zoo backup', 'Zoo spare']);
      const { gateways } = await ledger.api('GET', '/v1/accounts/acme/gateways?name=Attic%203');
      await ledger.api('DELETE', `/v1/gateways/${gateways[0].id}/key`);
      await tile.getByText('Key revoked').waitFor();
      assert.deepEqual(await shown(), ['Attic 3']);
      await button(page, '3 more secondaries: Attic').click();
      assert.deepEqual(await shown(), ['Attic 1', 'Attic 2', 'Attic 3', 'Attic 4']);
      await assertAccessible(page, 'a tile unfolded');
      await button(page, 'Show fewer: Attic').click();
      assert.deepEqual(await shown(), ['Attic 3']);
    });
  });

  test('fit a phone as a table', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    await withPage(ledger, { path: `${path}?view=table`, ...phone }, async (page) => {
      await rows(page).first().waitFor();
      // What has no column is said beneath the name.
      await rows(page).nth(0).getByText('Not registered').waitFor();
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(sideways <= 0, `${sideways} px too wide`);
      await page.getByRole('button', { name: /Sort by$/ }).click();
      await page.getByRole('option', { name: 'What needs attention first' }).click();
      await page.waitForFunction(
        () => document.querySelector('.table-name').textContent !== 'Attic 1',
      );
      await assertAccessible(page, 'the table on a phone');
    });
  });
});
