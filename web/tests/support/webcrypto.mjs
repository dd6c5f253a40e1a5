// What browsers have and Debian's Node 18 has only by this name.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
