// What the window of one event's proof and the verification of many have in common.
import { useEffect, useState } from 'react';
import type { Messages } from '../i18n/en';
import { fill } from '../i18n/text';
import type { ProofFailure } from './failure';

export function whyNot({ what, from, to }: ProofFailure, t: Messages): string {
  return fill(t.proof.why[what], { from: from ?? '', to: to ?? '' });
}

export function Waiting({ words }: { words: string }) {
  return (
    <span className="waiting">
      <span className="dot dot-gray dot-pending" /> {words}
    </span>
  );
}

// Says when what was shown is gone, so that nothing goes on being fetched for it.
export function useGone(): AbortSignal {
  const [controller] = useState(() => new AbortController());
  useEffect(() => () => controller.abort(), [controller]);
  return controller.signal;
}
