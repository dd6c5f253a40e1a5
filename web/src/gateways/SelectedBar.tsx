// What can be done with all that are selected at once, and the windows that do it.
import { useState } from 'react';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { ManyWindow, type ManyKind } from '../many/ManyWindow';
import { useMay } from '../session/session';
import { Button } from '../ui/controls';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import type { Selection } from './selection';

const kinds = ['addMany', 'manyGenerate', 'manyRevoke', 'manyRemove'] as const;

interface Props {
  account: string | null;
  gateways: ReadonlyMap<string, Gateway>;
  selection: Selection;
}

export function SelectedBar({ account, gateways, selection }: Props) {
  const t = useText();
  const manage = useMay('manage');
  const act = useOpened(kinds);
  // As they were when it was asked for: what is removed by it is still told of.
  const [about, setAbout] = useState<Gateway[]>([]);
  const press = (kind: ManyKind) => {
    setAbout([...selection.ids].map((id) => gateways.get(id)!));
    openWindow(kind);
  };
  const adds = act?.kind === 'addMany';
  const allowed = act && (manage || act.kind === 'manyGenerate');
  const shown = allowed && (adds ? account !== null : about.length > 0);
  return (
    <>
      {selection.ids.size > 0 && (
        <div className="selected-bar" role="region" aria-label={t.many.actions}>
          <strong role="status">{t.many.selected(selection.ids.size)}</strong>
          <Button onPress={() => press('manyGenerate')}>{t.many.generate}</Button>
          {manage && <Button onPress={() => press('manyRevoke')}>{t.many.revoke}</Button>}
          {manage && (
            <Button look="danger" onPress={() => press('manyRemove')}>
              {t.many.remove}
            </Button>
          )}
          <Button look="ghost" onPress={selection.clear}>
            {t.many.unselect}
          </Button>
        </div>
      )}
      {shown && (
        <ManyWindow
          kind={act.kind}
          account={account ?? ''}
          about={about}
          there={[...gateways.values()]}
          onDone={selection.clear}
          onClose={closeWindow}
        />
      )}
    </>
  );
}
