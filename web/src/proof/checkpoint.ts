// A checkpoint (C2SP tlog-checkpoint, a signed note), and the key that its signature is checked with.
import { fromBase64, same, toHex, utf8, type Bytes } from './bytes';
import { ProofFailure } from './failure';
import { hashBytes, sha256 } from './tree';

const ed25519 = 1;
const keyIdBytes = 4;
const keyBytes = 32;

export interface VerifierKey {
  name: string;
  id: Bytes;
  key: Bytes;
}

interface Signature {
  name: string;
  id: Bytes;
  bytes: Bytes;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
  // What is signed.
  text: Bytes;
  signatures: Signature[];
}

// "name+id+key", the id in hexadecimal and the key, behind its type, in base64.
export async function parseVerifierKey(text: string): Promise<VerifierKey> {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text);
  const typed = parts && fromBase64(parts[3]);
  if (!typed || typed[0] !== ed25519 || typed.length !== 1 + keyBytes)
    throw new ProofFailure('key');
  const [, name, hex] = parts;
  const id = (await sha256(utf8(`${name}\n`), typed)).subarray(0, keyIdBytes);
  if (toHex(id) !== hex) throw new ProofFailure('key');
  return { name, id, key: typed.subarray(1) };
}

function decoded(note: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(note);
  } catch {
    throw new ProofFailure('checkpoint');
  }
}

function parseSignature(line: string): Signature {
  const parts = /^— ([^\s+]+) (\S+)$/.exec(line);
  const bytes = parts && fromBase64(parts[2]);
  if (!bytes || bytes.length <= keyIdBytes) throw new ProofFailure('checkpoint');
  return { name: parts[1], id: bytes.subarray(0, keyIdBytes), bytes: bytes.subarray(keyIdBytes) };
}

export function parseCheckpoint(note: Bytes): Checkpoint {
  const whole = decoded(note);
  const end = whole.lastIndexOf('\n\n');
  const lines = whole.slice(0, end).split('\n');
  const [origin, digits, rootText] = lines;
  const root = fromBase64(rootText ?? '');
  const size = /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : NaN;
  const exact = end > 0 && whole.endsWith('\n') && lines.every((line) => line !== '');
  if (!exact || !Number.isSafeInteger(size) || root?.length !== hashBytes)
    throw new ProofFailure('checkpoint');
  const signatures = whole
    .slice(end + 2, -1)
    .split('\n')
    .map(parseSignature);
  return { origin, size, root, text: utf8(whole.slice(0, end + 1)), signatures };
}

async function importKey(key: Bytes): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') return null;
    throw new ProofFailure('key');
  }
}

// Whether the ledger with this key has signed it; false where this browser does not know Ed25519, and
// the signature was not checked. Lines of others, such as witnesses, are not looked at.
export async function checkSignature(checkpoint: Checkpoint, key: VerifierKey): Promise<boolean> {
  if (checkpoint.origin !== key.name) throw new ProofFailure('origin');
  const own = checkpoint.signatures.filter(
    (line) => line.name === key.name && same(line.id, key.id),
  );
  if (own.length === 0) throw new ProofFailure('signature');
  const imported = await importKey(key.key);
  if (!imported) return false;
  for (const { bytes } of own) {
    if (!(await crypto.subtle.verify('Ed25519', imported, bytes, checkpoint.text)))
      throw new ProofFailure('signature');
  }
  return true;
}
