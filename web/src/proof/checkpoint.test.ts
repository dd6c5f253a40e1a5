import { beforeAll, expect, test } from 'vitest';
import { fromBase64, joined, toBase64, toHex, utf8, type Bytes } from './bytes';
import { checkSignature, parseCheckpoint, parseVerifierKey, type VerifierKey } from './checkpoint';
import { ProofFailure, type What } from './failure';
import { flipped } from './reference';
import { sha256 } from './tree';

const origin = 'example.com/behind-the-sofa';
const root = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const text = `${origin}\n20852163\n${root}\n`;

let own: { key: VerifierKey; vkey: string; sign(text: string): Promise<string> };

// A key pair of this name, and the lines that it signs with.
async function makeSigner(name: string) {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const typed = joined(Uint8Array.of(1), key);
  const id = (await sha256(utf8(`${name}\n`), typed)).slice(0, 4);
  const vkey = `${name}+${toHex(id)}+${toBase64(typed)}`;
  const sign = async (signed: string) => {
    const made = await crypto.subtle.sign('Ed25519', pair.privateKey, utf8(signed));
    return `— ${name} ${toBase64(joined(id, new Uint8Array(made)))}\n`;
  };
  return { key: await parseVerifierKey(vkey), vkey, sign };
}

async function judge(note: Bytes, key = own.key): Promise<What | boolean> {
  try {
    return await checkSignature(parseCheckpoint(note), key);
  } catch (error) {
    if (error instanceof ProofFailure) return error.what;
    throw error;
  }
}

beforeAll(async () => {
  own = await makeSigner(origin);
});

test('a signed checkpoint is read', async () => {
  const note = utf8(`${text}\n${await own.sign(text)}`);
  const checkpoint = parseCheckpoint(note);
  expect(checkpoint).toMatchObject({ origin, size: 20_852_163, root: fromBase64(root) });
  expect(await judge(note)).toBe(true);
});

test('a byte that is changed, wherever it is, is refused', async () => {
  const note = utf8(`${text}\n${await own.sign(text)}`);
  for (let at = 0; at < note.length; ++at)
    expect(typeof (await judge(flipped(note, at))), `byte ${at}`).toBe('string');
  for (let end = 0; end < note.length; ++end)
    expect(await judge(note.slice(0, end)), `${end} bytes`).toBe('checkpoint');
});

test('signatures of others do not count, and do no harm', async () => {
  const other = await makeSigner('witness.example.com/w1');
  const impostor = await makeSigner(origin);
  const mine = await own.sign(text);
  expect(await judge(utf8(`${text}\n${await other.sign(text)}${mine}`))).toBe(true);
  expect(await judge(utf8(`${text}\n${mine}${await impostor.sign(text)}`))).toBe(true);
  expect(await judge(utf8(`${text}\n${await other.sign(text)}`))).toBe('signature');
  expect(await judge(utf8(`${text}\n${await impostor.sign(text)}`))).toBe('signature');
  // A second signature of the same key that is wrong.
  expect(await judge(utf8(`${text}\n${mine}${await own.sign('else\n')}`))).toBe('signature');
});

test('a checkpoint of another ledger is refused though its key is known', async () => {
  const other = text.replace(origin, 'example.com/elsewhere');
  expect(await judge(utf8(`${other}\n${await own.sign(other)}`))).toBe('origin');
});

test('what is signed but no checkpoint is refused', async () => {
  const texts = [
    `${origin}\n1\n`,
    `${origin}\n01\n${root}\n`,
    `${origin}\n-1\n${root}\n`,
    `${origin}\n1e3\n${root}\n`,
    `${origin}\n\n${root}\n`,
    `\n1\n${root}\n`,
    `${origin}\n1\n${root.slice(4)}\n`,
    `${origin}\n1\n${root}=\n`,
    `${origin}\n9007199254740993\n${root}\n`,
    'This is an example message.\n',
  ];
  for (const each of texts)
    expect(await judge(utf8(`${each}\n${await own.sign(each)}`)), each).toBe('checkpoint');
  const extended = `${text}more\n`;
  expect(await judge(utf8(`${extended}\n${await own.sign(extended)}`))).toBe(true);
  expect(await judge(Uint8Array.of(0xff, 0xfe))).toBe('checkpoint');
  expect(await judge(utf8(`${text}\n`))).toBe('checkpoint');
  expect(await judge(utf8(text))).toBe('checkpoint');
});

// The example of C2SP signed-note.
test('a verifier key is read, and its signature verified', async () => {
  const key = await parseVerifierKey(
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  );
  const line = fromBase64(
    'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=',
  )!;
  const checkpoint = {
    origin: key.name,
    size: 0,
    root: new Uint8Array(32),
    text: utf8('This is an example message.\n'),
    signatures: [{ name: key.name, id: line.subarray(0, 4), bytes: line.subarray(4) }],
  };
  expect(await checkSignature(checkpoint, key)).toBe(true);
  const changed = { ...checkpoint, text: utf8('This is an example message!\n') };
  await expect(checkSignature(changed, key)).rejects.toThrow('signature');
});

test('a verifier key that is changed is refused', async () => {
  const { vkey } = own;
  const wrong = [vkey.slice(1), vkey.slice(0, -4), vkey.replaceAll('+', ' '), '', `${vkey}\n`];
  for (const each of wrong) await expect(parseVerifierKey(each), each).rejects.toThrow('key');
  for (let at = 0; at < vkey.length; ++at) {
    const changed = new TextDecoder().decode(flipped(utf8(vkey), at));
    await expect(parseVerifierKey(changed), `byte ${at}`).rejects.toThrow('key');
  }
});
