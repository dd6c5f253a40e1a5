// What can be done with a gateway, as windows. One is open at a time, as the address says; whoever shows
// gateways hands `open` down to its buttons.
import { useCallback, useState } from 'react';
import type { Gateway } from '../api/types';
import { useMay } from '../session/session';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
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
import { isRegistered } from './view';

export type Act =
  | { kind: 'add' }
  | { kind: 'addSecondary'; gateway: string }
  | { kind: 'key'; gateway: string; known?: KnownKey }
  | { kind: 'generate'; gateway: string }
  | { kind: 'rename'; gateway: string }
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
      return <AddWindow account={account} primary={gateway} open={open} {...common} />;
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
