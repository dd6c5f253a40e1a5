// What can be done with a gateway, as windows. One is open at a time; whoever shows gateways holds
// which, and hands `open` down to its buttons.
import type { Gateway } from '../api/types';
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

interface Props {
  act: Act | null;
  account: string;
  find(id: string): Gateway | undefined;
  secondaries(id: string): number;
  put(gateway: Gateway): void;
  open: OpenAct;
  close(): void;
}

export function ActWindow({ act, account, find, secondaries, put, open, close }: Props) {
  if (!act) return null;
  const gateway = 'gateway' in act ? find(act.gateway) : undefined;
  const common = { onClose: close, put };
  if (act.kind === 'add') return <AddWindow account={account} open={open} {...common} />;
  // Removed by someone else meanwhile.
  if (!gateway) return null;
  switch (act.kind) {
    case 'addSecondary':
      return <AddWindow account={account} primary={gateway} open={open} {...common} />;
    case 'key':
      return <KeyWindow gateway={gateway} known={act.known} open={open} onClose={close} />;
    case 'generate':
      return <GenerateWindow gateway={gateway} open={open} onClose={close} />;
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
