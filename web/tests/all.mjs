// The browser tests, all or those named, in one process and one browser. LATCHKEY_BINARY names the
// program under test.
import { after } from 'node:test';
import { closeBrowser } from './support/browser.mjs';

const parts = [
  'life',
  'path',
  'recipes',
  'first',
  'failure',
  'away',
  'attention',
  'restored',
  'session',
  'idle',
  'access',
  'signed_in',
  'pages',
  'keyboard',
  'windows',
  'history',
  'search',
  'find',
  'gateway',
  'overview',
  'table',
  'labels',
  'several',
  'back',
  'notices',
  'proof',
  'many',
  'bundle',
  'dev',
];
const asked = process.argv.slice(2);

for (const part of asked.length > 0 ? asked : parts) await import(`./${part}.mjs`);

after(closeBrowser);
