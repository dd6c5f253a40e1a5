import { useState } from 'react';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { later } from '../ui/later';
import { TellWindow } from '../ui/window';

const ProofBody = later(() => import('./ProofBody'));

// The proof that an event is in the history, computed while the window is open.
export function ProofWindow({ sequence, onClose }: { sequence: number; onClose(): void }) {
  const t = useText();
  const [round, setRound] = useState(0);
  return (
    <TellWindow title={fill(t.proof.of, { n: sequence })} onClose={onClose}>
      <ProofBody key={round} sequence={sequence} onAgain={() => setRound(round + 1)} />
    </TellWindow>
  );
}
