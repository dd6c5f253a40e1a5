import { describe, expect, test } from 'vitest';
import { bytesOf, formatBits, qrCode } from './code';
import { corrections } from './correction';

// What other encoders make of these at level M, row by row; two other decoders have read them back.
const known = {
  A: '1fda7f 105941 17475d 17545d 17465d 104b41 1fd57f 1300 16e34b 1b0fc8 136a0d a827e 1fed26 124b 1fdf2b 105834 174df1 175a7e 175960 104ca4 1fd892',
  'HELLO WORLD':
    '1fc57f 105c41 17455d 17455d 17575d 104e41 1fd57f 0 154912 f1211 3fa58 1eb3ae 9ea75 1445 1fc12c 104c68 17597f 1746a2 175ee9 10438b 1fdae1',
  'LK1-0123X-ABCDE-FGHJK-MNPQR-STVWX-YZ012-34567-89ABC':
    '1fdca97f 10558641 1742165d 175f6a5d 1748405d 10488441 1fd5557f 1e2a00 16ea8a4b 6b0fa52 d62a194 8a60311 10df5581 49b4975 15db37c 1a8d65ae 19687ee0 a9b7227 16dec3f8 11acac8 fccc1f6 1f2b19 1fd57b51 1053c91b 174825ff 1756b1b2 175639d1 104a7157 1fda38f0',
};

describe('a code', () => {
  test.each(Object.entries(known))('of %s is as others draw it', (text, rows) => {
    const drawn = qrCode(text).map((row) =>
      parseInt(row.map((dark) => (dark ? '1' : '0')).join(''), 2).toString(16),
    );
    expect(drawn.join(' ')).toBe(rows);
  });
  test('is as small as its text allows', () => {
    expect(qrCode('A'.repeat(20))).toHaveLength(21);
    expect(qrCode('A'.repeat(21))).toHaveLength(25);
    expect(qrCode('A'.repeat(61))).toHaveLength(29);
  });
  test('is not made of what does not fit', () => {
    expect(() => qrCode('A'.repeat(62))).toThrow();
    expect(() => qrCode('a')).toThrow();
  });
});

// The example of the standard's readers: HELLO WORLD, version 1, level M.
const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];

test('what is left of the room is filled in turn', () => {
  const bits = data.slice(0, 10).map((byte) => byte.toString(2).padStart(8, '0'));
  expect(bytesOf(bits.join('').slice(0, 74), 16)).toEqual(data);
});

test('the bytes of correction are those of the standard', () => {
  expect(corrections(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
});

test('the format is that of level M', () => {
  expect(formatBits(0)).toBe('101010000010010');
  expect(formatBits(7)).toBe('100101010100000');
});
