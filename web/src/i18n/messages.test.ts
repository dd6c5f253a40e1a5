import { expect, test } from 'vitest';
import { allEventTypes } from '../history/types';
import { en } from './en';
import { fr } from './fr';
import { fill, pieces } from './text';

type Tree = Record<string, unknown>;

// Every message by its path, functions called with what they take.
function flat(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]): [string, string][] => {
    const where = path ? `${path}.${name}` : name;
    if (typeof value === 'string') return [[where, value]];
    if (typeof value === 'function') return [[where, String((value as (x: unknown) => string)(2))]];
    return flat(value as Tree, where);
  });
}

const english = new Map(flat(en as Tree));
const french = new Map(flat(fr as Tree));

// Alike in both languages, and rightly so.
const alike = [
  'app.title',
  'gateways.sorts.version',
  'gateways.version',
  'find.format',
  'find.sections.pages',
  'find.shortcut',
  'find.shortcutMac',
  'history.byYou',
  'history.fact.message',
  'history.fact.note',
  'history.fact.version',
  'history.kinds.installations',
  'history.kinds.messages',
  'history.system',
  'ledger.run',
  'keyWords.active',
  'labels.note',
  'messages.title',
  'path.greenVersion',
  'path.qr',
  'path.recipe.linux',
  'path.recipe.systemd',
  'path.recipe.docker',
  'path.recipe.cloud',
  'path.recipe.est',
  'path.validity.units.minutes',
  'messages.bodyOf',
  'proof.badCommand',
  'proof.ledger.run',
  'proof.signature',
  'tokens.acts',
  'webhooks.title',
  'webhooks.url',
  'webhooks.eventCount',
];

test('every message is there in every language, and says something', () => {
  expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [where, text] of [...english, ...french]) expect(text.trim(), where).not.toBe('');
});

test('a message takes the same values in every language', () => {
  const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [where, text] of english)
    expect(names(french.get(where)!), where).toEqual(names(text));
});

test('a message that is alike in both languages is alike on purpose', () => {
  const same = [...english].filter(([where, text]) => french.get(where) === text);
  expect(same.map(([where]) => where).filter((where) => !alike.includes(where))).toEqual([]);
});

test('no line of French begins with a mark or breaks a number off', () => {
  for (const [where, text] of french) expect(text, where).not.toMatch(/ [;:?!»]|« |[nN]° /);
});

test('every event has its sentence', () => {
  for (const type of allEventTypes) {
    expect(en.event[type], type).toBeTruthy();
    expect(fr.event[type], type).toBeTruthy();
  }
});

test('values are put where their names stand, and a missing one is seen', () => {
  expect(fill('Key no. {n} of {name}', { n: 2, name: 'Kiosk' })).toBe('Key no. 2 of Kiosk');
  expect(fill('{n} of {name}', { n: 2 })).toBe('2 of {name}');
  expect(pieces('a {b} c')).toEqual([{ text: 'a ' }, { name: 'b' }, { text: ' c' }]);
});
