// How far it is, what became of each, what failed tried again, and the keys as a file.
import { useEffect, useState } from 'react';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Button, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { writeTable } from '../ui/csv';
import { saveFile } from '../ui/save';
import type { Many, Outcome } from './run';

export interface Named {
  id: string;
  name: string;
}

// A key as an answer has shown it.
export interface Shown {
  account: string;
  id: string;
  name: string;
  key: string | null;
  expires: string;
}

interface Props<T> {
  many: Many<T>;
  running: boolean;
  rows: Named[];
  again(): void;
  // Where the answers show keys.
  keyOf?(id: string, answer: T): Shown;
  onHold(holds: boolean): void;
  onClose(): void;
}

export function Outcomes<T>({ many, running, rows, again, keyOf, onHold, onClose }: Props<T>) {
  const { t, locale } = usePreferences();
  const [saved, setSaved] = useState('');
  const [done, failed] = [many.in('done'), many.in('failed')];
  const left = rows.length - done - failed;
  const keys = keyOf ? done : 0;
  // More keys may come when what failed is tried again.
  const holds = running || (keys > 0 && saved !== String(keys));
  useEffect(() => onHold(holds), [holds, onHold]);
  const save = () => {
    saveFile('gateway-keys.csv', keysTable(many, rows, keyOf!), 'text/csv');
    setSaved(String(keys));
  };
  const n = (count: number) => count.toLocaleString(locale);
  return (
    <div className="stack">
      <div className="stack-tight" role="status">
        <progress
          className="progress"
          max={rows.length}
          value={done + failed}
          aria-label={t.many.outcomes}
        />
        <p className="row">
          <span>{fill(t.many.progress, { done: n(done), all: n(rows.length) })}</span>
          {failed > 0 && <span className="reason-red">{t.many.failed(failed)}</span>}
          {!running && left > 0 && <span>{t.many.stopped}</span>}
          {!running && done === rows.length && <span>{t.many.allDone}</span>}
        </p>
      </div>
      <ul className="many-list" aria-label={t.many.outcomes}>
        {rows.map(({ id, name }) => (
          <li key={id}>
            <span className="many-name">{name}</span>
            <OutcomeWords outcome={many.outcome(id)} />
          </li>
        ))}
      </ul>
      {keys > 0 && <Notice tone="info">{t.many.keysLead}</Notice>}
      <div className="dialog-actions">
        {running ? (
          <Button onPress={many.stop}>{t.many.stop}</Button>
        ) : (
          <>
            {failed + left > 0 && <Button onPress={again}>{t.many.retry}</Button>}
            <Button onPress={onClose}>{t.action.close}</Button>
          </>
        )}
        {keys > 0 && (
          <Button look="primary" isDisabled={running} onPress={save}>
            {t.many.keysCsv}
          </Button>
        )}
      </div>
    </div>
  );
}

function OutcomeWords<T>({ outcome }: { outcome: Outcome<T> }) {
  const t = useText();
  if (outcome.state === 'done')
    return (
      <span className="many-done">
        <Icon name="check" />
        {t.many.done}
      </span>
    );
  if (outcome.state !== 'failed')
    return <span className="hint">{outcome.state === 'running' ? '…' : t.many.waits}</span>;
  const { refusal } = outcome;
  const words = refusal
    ? (t.refusal[refusal.code] ?? (refusal.detail || t.refusal.unknown))
    : t.many.needed;
  const details = refusal?.errors.map(({ detail }) => detail).join(' ');
  return (
    <span className="reason-red">
      {words} {details}
    </span>
  );
}

function keysTable<T>(many: Many<T>, rows: Named[], keyOf: NonNullable<Props<T>['keyOf']>) {
  const lines = rows.map(({ id, name }) => {
    const outcome = many.outcome(id);
    if (outcome.state === 'done') {
      const shown = keyOf(id, outcome.answer);
      return [shown.account, shown.name, shown.id, shown.key ?? '', shown.expires, 'done'];
    }
    const why = outcome.state === 'failed' ? (outcome.refusal?.code ?? 'failed') : 'not_done';
    return ['', name, '', '', '', why];
  });
  return writeTable([['account', 'name', 'id', 'key', 'expires_at', 'outcome'], ...lines]);
}
