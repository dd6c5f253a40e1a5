// What can be done with a gateway, as windows. One is open at a time, as the address says; whoever shows
// gateways hands `open` down to its buttons.
import { useCallback, useState } from 'react';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { Notice } from '../ui/controls';
import { later } from '../ui/later';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { TellWindow, Window } from '../ui/window';
import { AddWindow } from './AddWindow';
import {
  AcceptWindow,
  DeregisterWindow,
  RemoveWindow,
  RenameWindow,
  RevokeKeyWindow,
} from './ChangeWindows';
import { GenerateWindow } from './GenerateWindow';
import { KeyWindow } from './KeyWindow';
import type { KnownKey } from './knownKey';
import { maxSecondaries } from './limits';
import { isRegistered } from './view';

const LabelsForm = later(() => import('./LabelsWindow'));

export type Act =
  | { kind: 'add' }
  | { kind: 'addSecondary'; gateway: string }
  | { kind: 'key'; gateway: string; known?: KnownKey }
  | { kind: 'generate'; gateway: string }
  | { kind: 'rename'; gateway: string }
  | { kind: 'labels'; gateway: string }
  | { kind: 'revokeKey'; gateway: string }
  | { kind: 'accept'; gateway: string }
  | { kind: 'deregister'; gateway: string }
  | { kind: 'remove'; gateway: string };

export type OpenAct = (act: Act) => void;

const kinds = [
  'add',
  'addSecondary',
  'key',
  'generate',
  'rename',
  'labels',
  'revokeKey',
  'accept',
  'deregister',
  'remove',
] as const;

interface Props {
  account: string;
  find(id: string): Gateway | undefined;
  secondaries(id: string): number;
  put(gateway: Gateway): void;
}

// Opens the window of an act. A key that an answer has just shown is in no address, and goes beside it.
export function useOpenAct(): { open: OpenAct; known: KnownKey | undefined } {
  const [known, setKnown] = useState<KnownKey | undefined>();
  const open = useCallback((act: Act) => {
    setKnown(act.kind === 'key' ? act.known : undefined);
    openWindow('gateway' in act ? `${act.kind}.${act.gateway}` : act.kind);
  }, []);
  return { open, known };
}

export function ActWindow(props: Props & { open: OpenAct; known: KnownKey | undefined }) {
  const { account, find, secondaries, put, open, known } = props;
  const t = useText();
  const act = useOpened(kinds);
  const manage = useMay('manage');
  const keys = useMay('keys');
  if (!act) return null;
  const gateway = find(act.id);
  const close = closeWindow;
  const common = { onClose: close, put };
  // A link may have been made by someone who may do more.
  const replaces = act.kind === 'generate' && gateway && isRegistered(gateway);
  const allowed = (act.kind === 'generate' || act.kind === 'key') && !replaces ? keys : manage;
  if (!allowed) return null;
  if (act.kind === 'add') return <AddWindow account={account} open={open} {...common} />;
  // Not read yet, or removed by someone else meanwhile.
  if (!gateway) return null;
  switch (act.kind) {
    case 'addSecondary':
      if (secondaries(gateway.id) >= maxSecondaries) {
        return (
          <TellWindow title={fill(t.add.titleSecondary, { name: gateway.name })} onClose={close}>
            <Notice tone="info">{t.gateways.allSecondaries}</Notice>
          </TellWindow>
        );
      }
      return <AddWindow account={gateway.account} primary={gateway} open={open} {...common} />;
    case 'key':
      return (
        <KeyWindow
          gateway={gateway}
          known={act.pressed ? known : undefined}
          pressed={act.pressed}
          open={open}
          onClose={close}
        />
      );
    case 'generate':
      return <GenerateWindow gateway={gateway} pressed={act.pressed} open={open} onClose={close} />;
    case 'rename':
      return <RenameWindow gateway={gateway} {...common} />;
    case 'labels':
      return (
        <Window title={fill(t.labels.windowTitle, { name: gateway.name })} onClose={close}>
          <LabelsForm gateway={gateway} {...common} />
        </Window>
      );
    case 'revokeKey':
      return <RevokeKeyWindow gateway={gateway} {...common} />;
    case 'accept':
      return <AcceptWindow gateway={gateway} {...common} />;
    case 'deregister':
      return <DeregisterWindow gateway={gateway} {...common} />;
    case 'remove':
      return <RemoveWindow gateway={gateway} secondaries={secondaries(gateway.id)} {...common} />;
  }
}
