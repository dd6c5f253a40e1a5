import { expect, test } from 'vitest';
import { usualValidity, validitySeconds, type Unit } from './validity';

const other = (amount: string, unit: Unit) => validitySeconds({ choice: 'other', amount, unit });

test('a usual choice is that time', () => {
  expect(validitySeconds(usualValidity)).toBe(604_800);
});

test('a time that is typed is within the limits of the server', () => {
  expect(other('90', 'minutes')).toBe(5400);
  expect(other(' 8 ', 'hours')).toBe(28_800);
  expect(other('365', 'days')).toBe(31_536_000);
  for (const amount of ['366', '0', '-1', '1.5', '', 'a', '1e9']) {
    expect(other(amount, 'days'), amount).toBeNull();
  }
});
