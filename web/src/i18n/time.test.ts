import { describe, expect, test } from 'vitest';
import { day, exactUtc, millis, moment, relative, remaining, elapsed } from './time';

const at = '2026-01-02T03:04:05.678901Z';
const now = Date.parse('2026-01-02T03:04:05.678Z');
const after = (seconds: number) => new Date(now + seconds * 1000).toISOString();

test('microseconds are read, and shown exactly', () => {
  expect(millis(at)).toBe(now);
  expect(exactUtc(at)).toBe('2026-01-02 03:04:05.678901 UTC');
});

describe('relative', () => {
  const rows: [number, string, string][] = [
    [0, 'en', 'just now'],
    [-9, 'en', 'just now'],
    [-59, 'en', '59 seconds ago'],
    [-60, 'en', '1 minute ago'],
    [-3599, 'en', '59 minutes ago'],
    [-7200, 'en', '2 hours ago'],
    [86400, 'en', 'tomorrow'],
    [-7200, 'fr', 'il y a 2 heures'],
  ];
  test.each(rows)('%d s in %s', (seconds, locale, words) => {
    expect(relative(after(seconds), now, locale, 'just now')).toBe(words);
  });
  test('a long time ago is a date', () => {
    expect(relative('2025-01-02T03:04:05.000000Z', now, 'en', '')).toContain('2025');
  });
});

describe('remaining', () => {
  const rows: [number, string, string | null][] = [
    [604800, 'en', '7 days 0 hours'],
    [3725, 'en', '1 hour 2 minutes'],
    [62, 'en', '1 minute 2 seconds'],
    [1, 'en', '1 second'],
    [0, 'en', null],
    [-5, 'en', null],
    [62, 'fr', '1 minute 2 secondes'],
  ];
  test.each(rows)('%d s in %s', (seconds, locale, words) => {
    // The space that never breaks is the locale data's choice, and differs between its versions.
    expect(remaining(after(seconds), now, locale)?.replaceAll(/\s/g, ' ') ?? null).toBe(words);
  });
});

test('a moment of today is a time, an earlier one has its date', () => {
  const noon = new Date(2026, 5, 15, 12).getTime();
  expect(moment(noon - 60_000, noon, 'en-GB')).toBe('11:59');
  expect(moment(noon - 86_400_000, noon, 'en-GB')).toBe('14 Jun 2026, 12:00');
});

test('the day is that of the reader', () => {
  const noon = new Date(2026, 5, 15, 12).getTime();
  const on = (date: number, hour: number) => new Date(2026, 5, date, hour).toISOString();
  const name = (date: number, hour: number) => day(on(date, hour), noon, 'en', ['today', 'before']);
  expect(name(15, 0)).toBe('today');
  expect(name(14, 23)).toBe('before');
  expect(name(14, 0)).toBe('before');
  expect(name(13, 23)).toBe('Saturday, June 13, 2026');
});

// Short units are written with or without an s, as the browser's tables have it.
test.each([
  [0, /^0 secs?$/, '0 s'],
  [59, /^59 secs?$/, '59 s'],
  [150, /^2 mins?$/, '2 min'],
  [7200, /^2 hrs?$/, '2 h'],
  [3 * 86_400, /^3 days$/, '3 j'],
])('%d seconds ago it has been for', (seconds, english, french) => {
  const time = '2026-01-01T00:00:00.000000Z';
  const now = Date.parse(time) + seconds * 1000;
  const plain = (text: string) => text.replaceAll(/\s/g, ' ');
  expect(plain(elapsed(time, now, 'en-GB'))).toMatch(english);
  expect(plain(elapsed(time, now, 'fr-FR'))).toBe(french);
});
