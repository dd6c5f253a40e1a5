// Whether an event is what was searched for: all words are in what its row says, or in what it is about.
import { useCallback, useMemo } from 'react';
import type { Fact } from '../api/types';
import type { Messages } from '../i18n/en';
import { usePreferences } from '../i18n/context';
import { fold } from '../i18n/text';
import { useSession } from '../session/session';
import { learnGateways, nameKnown } from './names';
import { kindOfType } from './types';
import { detailsOf, messageOf, sentenceOf, type Part } from './words';

export interface Seek {
  // Reads the names that rows are searched by.
  ready(): Promise<void>;
  matches(fact: Fact): boolean;
}

// Undefined where nothing is searched for.
export function useSeek(text: string, account: string | undefined): Seek | undefined {
  const { t } = usePreferences();
  const { operator } = useSession();
  const words = useMemo(() => fold(text).split(/\s+/).filter(Boolean), [text]);
  const ready = useCallback(() => learnGateways(account), [account]);
  return useMemo(() => {
    if (words.length === 0) return undefined;
    const matches = (fact: Fact) => {
      const row = fold(rowText(fact, t, operator.id));
      return words.every((word) => row.includes(word));
    };
    return { ready, matches };
  }, [words, ready, t, operator.id]);
}

// What a row says, as one text.
export function rowText(fact: Fact, t: Messages, me: string): string {
  const { message, values } = sentenceOf(fact, t);
  const said = messageOf(message, fact, me, t).replace(/\{(\w+)\}/g, (_, name: string) =>
    partText(values[name] ?? '', fact, t, me),
  );
  const details = detailsOf(fact, t).map((each) => ('text' in each ? each.text : ''));
  const { gateway, account, type, actor, actor_name } = fact;
  const about = [gateway, gateway && nameKnown(gateway), account, type, actor, actor_name];
  return [said, t.history.kinds[kindOfType(type)], ...details, ...about].join(' ');
}

function partText(part: Part, fact: Fact, t: Messages, me: string): string {
  if (typeof part !== 'object') return String(part);
  if ('gateway' in part) return part.name ?? nameKnown(part.gateway) ?? part.gateway;
  if ('token' in part) return nameKnown(part.token) ?? part.token;
  const id = part.actor.split(':')[1];
  if (part.actor === 'system') return t.history.system;
  return id === me ? t.history.you : (fact.actor_name ?? part.actor);
}
