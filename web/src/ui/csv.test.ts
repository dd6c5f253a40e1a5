import { expect, test } from 'vitest';
import { cell } from './csv';

// As tests/tools/csv_test.cc has it of the command line.
test.each([
  ['hq', 'hq'],
  ['Berlin, HQ', '"Berlin, HQ"'],
  ['the "old" one', '"the ""old"" one"'],
  ['=1+2', "'=1+2"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@a,b', '"\'@a,b"'],
  ['a\nb\u001b[2J\u202e', 'a?b?[2J?'],
  [null, ''],
  [-1, '-1'],
])('the cell of %j is %s', (value, text) => {
  expect(cell(value)).toBe(text);
});
