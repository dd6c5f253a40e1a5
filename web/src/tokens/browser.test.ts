import { expect, test } from 'vitest';
import { browserOf } from './browser';

const mozilla = 'Mozilla/5.0';
const like = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`${mozilla} (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0`, 'Firefox · Linux'],
  [`${mozilla} (X11; Linux x86_64) ${like} HeadlessChrome/124.0 Safari/537.36`, 'Chrome · Linux'],
  [`${mozilla} (Linux; Android 14) ${like} Chrome/124.0 Mobile Safari/537.36`, 'Chrome · Android'],
  [`${mozilla} (Windows NT 10.0) ${like} Chrome/124.0 Safari/537.36 Edg/124.0`, 'Edge · Windows'],
  [`${mozilla} (Windows NT 10.0) ${like} Chrome/124.0 Safari/537.36 OPR/110.0`, 'Opera · Windows'],
  [
    `${mozilla} (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1`,
    'Safari · iPhone',
  ],
  [`${mozilla} (Macintosh; Intel Mac OS X 10_15) Version/17.0 Safari/605.1`, 'Safari · macOS'],
  [`${mozilla} (X11; CrOS x86_64) ${like} Chrome/124.0 Safari/537.36`, 'Chrome · ChromeOS'],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['', ''],
])('%s', (agent, name) => {
  expect(browserOf(agent)).toBe(name);
});
