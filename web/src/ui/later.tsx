// A part of the console that is fetched when it is first shown, so that no page waits for it.
import type { ComponentType } from 'react';
import { Refusal } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { UnreadNotice } from './window';

// `load` imports the module. One that does not come, as from a server that is of another version by
// now, is a refusal like any other.
export function later<P extends object>(load: () => Promise<{ Part: ComponentType<P> }>) {
  const read = () =>
    load().catch(() => {
      throw new Refusal('part_missing', '', 0, null);
    });
  return function Later(props: P) {
    const t = useText();
    const { answer, refusal, reload } = useAnswer(read);
    if (answer) return <answer.Part {...props} />;
    return refusal ? (
      <UnreadNotice refusal={refusal} again={reload} />
    ) : (
      <p className="lead">{t.app.loading}</p>
    );
  };
}
