// The Registration Key window: the key, the command for the installer, and how far it has come.
// It follows the gateway while it is open, from the waiting to the green dot or to the failure.
import { useState } from 'react';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { Button, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { TellWindow } from '../ui/window';
import type { OpenAct } from './acts';
import type { KnownKey } from './knownKey';
import { KeyBody, useShownKey } from './shownKey';
import { stageOf } from './stage';
import { whatItRetires } from './words';
import { isRegistered } from './view';

interface Props {
  gateway: Gateway;
  known?: KnownKey;
  pressed: boolean;
  open: OpenAct;
  onClose(): void;
}

export function KeyWindow({ gateway, known, pressed, open, onClose }: Props) {
  const t = useText();
  const state = useShownKey(gateway.id, known, pressed);
  const [kept, setKept] = useState(false);
  // As it was when the window was opened: afterwards the key may have registered it.
  const [replaces] = useState(() => isRegistered(gateway));
  const { key } = state;
  const waits = !key || stageOf(gateway, key) === 'waiting';
  return (
    <TellWindow
      title={
        <>
          {replaces ? t.key.showReplacement : t.key.title}{' '}
          <span className="dialog-of">{fill(t.key.of, { name: gateway.name })}</span>
        </>
      }
      onClose={onClose}
      holds={key !== null && !kept && waits}
      action={key && <GenerateAfter gateway={gateway} shown={key} open={open} />}
    >
      {replaces && waits && <Notice tone="warning">{whatItRetires(t, gateway)}</Notice>}
      <KeyBody gateway={gateway} state={state} onCopied={() => setKept(true)} />
    </TellWindow>
  );
}

// A new key is at hand while this one waits, and the next thing to do when it has failed.
function GenerateAfter(props: { gateway: Gateway; shown: KnownKey; open: OpenAct }) {
  const t = useText();
  const { gateway, shown, open } = props;
  const manage = useMay('manage');
  const keys = useMay('keys');
  const stage = stageOf(gateway, shown);
  const ended = stage === 'failed' || stage === 'ended';
  if (!ended && stage !== 'waiting') return null;
  if (!(isRegistered(gateway) ? manage : keys)) return null;
  return (
    <Button
      look={ended ? 'primary' : 'ghost'}
      onPress={() => open({ kind: 'generate', gateway: gateway.id })}
    >
      <Icon name="refresh" />
      {t.key.generate}
    </Button>
  );
}
