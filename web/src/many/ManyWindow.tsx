// The window of what is done with several gateways at once; what it holds is fetched when it is opened.
import { useState } from 'react';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { later } from '../ui/later';
import { Window } from '../ui/window';

export type ManyKind = 'addMany' | 'manyGenerate' | 'manyRevoke' | 'manyRemove';

export interface ManyProps {
  account: string;
  // Those that it is about, where it does not add some.
  about: Gateway[];
  // All there are.
  there: Gateway[];
  onDone(): void;
  onClose(): void;
  // Something would be lost with the window now.
  onHold(holds: boolean): void;
}

const AddBody = later(() => import('./AddBody'));
const ActBody = later(() => import('./ActBody'));

export function ManyWindow({ kind, ...props }: Omit<ManyProps, 'onHold'> & { kind: ManyKind }) {
  const t = useText();
  const [holds, setHolds] = useState(false);
  const titles = {
    addMany: t.many.addTitle,
    manyGenerate: t.many.generate,
    manyRevoke: t.many.revoke,
    manyRemove: t.many.removeTitle,
  };
  const common = { ...props, onHold: setHolds };
  return (
    <Window
      title={titles[kind]}
      onClose={props.onClose}
      deliberate={kind !== 'addMany'}
      holds={holds}
      once
    >
      {kind === 'addMany' ? <AddBody {...common} /> : <ActBody {...common} kind={kind} />}
    </Window>
  );
}
