// A key and its way, in a window or on a page: it is shown when that is asked for, and followed until the end.
import { useEffect, useRef, useState } from 'react';
import { Refusal, api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { later } from '../ui/later';
import { RefusalNotice } from '../ui/window';
import { knownKey, type KnownKey } from './knownKey';

const KeyPath = later(() => import('./KeyPath'));

export interface ShownKey {
  key: KnownKey | null;
  refusal: Refusal | null;
  wanted: boolean;
  show(): void;
}

async function reveal(gateway: string): Promise<KnownKey | null> {
  const answer = await ask(
    api.POST('/v1/gateways/{gateway}/key/reveal', { params: { path: { gateway } } }),
  );
  return knownKey(answer) ?? null;
}

// `pressed`: by a control of the page. By a link or a reload no key is shown until it is asked for.
export function useShownKey(id: string, known: KnownKey | undefined, pressed: boolean): ShownKey {
  const [key, setKey] = useState<KnownKey | null>(known ?? null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [wanted, setWanted] = useState(pressed);
  const asked = useRef(known !== undefined);
  useEffect(() => {
    // Showing a key is recorded: one opening asks once.
    if (!wanted || asked.current) return;
    asked.current = true;
    reveal(id).then(setKey, (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    });
  }, [wanted, id]);
  return { key, refusal, wanted, show: () => setWanted(true) };
}

interface BodyProps {
  gateway: Gateway;
  state: ShownKey;
  onCopied?(): void;
}

export function KeyBody({ gateway, state, onCopied }: BodyProps) {
  const t = useText();
  const { key, refusal, wanted, show } = state;
  return (
    <>
      <RefusalNotice refusal={refusal} />
      {!wanted && !key && (
        <div className="stack-tight">
          <p className="lead">{t.key.lead}</p>
          <div>
            <Button look="primary" onPress={show}>
              <Icon name="key" />
              {t.key.reveal}
            </Button>
          </div>
        </div>
      )}
      {wanted && !key && !refusal && <p className="lead">{t.app.loading}</p>}
      {key && <KeyPath gateway={gateway} shown={key} onCopied={onCopied} />}
    </>
  );
}
