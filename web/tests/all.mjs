// All browser tests, in one process and one browser. LATCHKEY_BINARY names the program under test.
import { after } from 'node:test';
import { closeBrowser } from './support/browser.mjs';
import './life.mjs';
import './failure.mjs';
import './session.mjs';
import './access.mjs';
import './pages.mjs';
import './keyboard.mjs';
import './many.mjs';
import './bundle.mjs';

after(closeBrowser);
