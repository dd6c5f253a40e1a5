// Adds the gateways of a pasted list or a file: shows what each line would become, then adds them.
import { useDeferredValue, useMemo, useState, type FormEvent } from 'react';
import { FileTrigger } from 'react-aria-components';
import { api, ask, type Once } from '../api/client';
import type { Gateway } from '../api/types';
import { ValidityField } from '../gateways/ValidityField';
import { usualValidity, validitySeconds } from '../gateways/validity';
import { usePreferences, useText } from '../i18n/context';
import type { Messages } from '../i18n/en';
import { fill } from '../i18n/text';
import { AreaField, Button } from '../ui/controls';
import { useTouching } from '../ui/unsaved';
import { mostLines, readList, type Problem, type Wanted } from './list';
import type { ManyProps } from './ManyWindow';
import { Outcomes, type Named } from './Outcomes';
import type { Job, Many } from './run';
import { useMany } from './useMany';

type Answer = Gateway & { key: string | null };
const textRows = 7;

export function Part({ account, there, onHold, onClose }: ManyProps) {
  const [rows, setRows] = useState<Named[]>([]);
  const { many, running, begin, again } = useMany<Answer>();
  const start = (wanted: Wanted[], seconds: number) => {
    setRows(wanted.map(({ name }) => ({ id: name, name })));
    // A primary of the list has an id when it was added.
    const added = new Map<string, string>();
    begin(jobsOf(account, wanted, there, seconds, added));
  };
  if (!many) return <List there={there} onStart={start} onClose={onClose} />;
  return <Added many={many} {...{ rows, running, again, onHold, onClose }} />;
}

interface AddedProps {
  many: Many<Answer>;
  rows: Named[];
  running: boolean;
  again(): void;
  onHold(holds: boolean): void;
  onClose(): void;
}

function Added(props: AddedProps) {
  return (
    <Outcomes
      {...props}
      keyOf={(_, { account, id, name, key, registration_key }) => ({
        account,
        id,
        name,
        key,
        expires: registration_key?.expires_at ?? '',
      })}
    />
  );
}

function jobsOf(
  account: string,
  wanted: Wanted[],
  there: Gateway[],
  expires_in_seconds: number,
  added: Map<string, string>,
): Job<Answer>[] {
  const inList = new Set(wanted.map(({ name }) => name));
  const known = new Map(there.flatMap(({ id, name }) => [[name, id] as const, [id, id] as const]));
  return wanted.map(({ name, primary, labels }) => ({
    id: name,
    needs: inList.has(primary) ? [primary] : [],
    send: async (once: Once) => {
      const body = {
        name,
        expires_in_seconds,
        labels,
        ...(primary ? { primary: added.get(primary) ?? known.get(primary) } : {}),
      };
      const answer = await ask(
        api.POST('/v1/accounts/{account}/gateways', {
          params: { path: { account }, header: once.header(body) },
          body,
        }),
      );
      added.set(name, answer.id);
      return answer;
    },
  }));
}

interface ListProps {
  there: Gateway[];
  onStart(wanted: Wanted[], seconds: number): void;
  onClose(): void;
}

function List({ there, onStart, onClose }: ListProps) {
  const { t } = usePreferences();
  const [text, setText] = useState('');
  const [validity, setValidity] = useState(usualValidity);
  const take = useTouching(setText);
  const read = useDeferredValue(text);
  const all = useMemo(() => readList(read, there), [read, there]);
  const lines = all.slice(0, mostLines);
  const good = lines.filter(({ problem }) => problem === null);
  const seconds = validitySeconds(validity);
  const ready = good.length > 0 && seconds !== null;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && read === text) onStart(good, seconds);
  };
  return (
    <form className="stack" onSubmit={onSubmit} noValidate>
      <AreaField
        mono
        label={t.many.text}
        hint={t.many.addLead}
        value={text}
        onChange={setText}
        rows={textRows}
        autoFocus
      />
      <div className="row">
        <FileTrigger
          acceptedFileTypes={['.csv', '.txt', 'text/csv', 'text/plain']}
          onSelect={(files) => void files?.[0]?.text().then(take)}
        >
          <Button>{t.many.file}</Button>
        </FileTrigger>
      </div>
      {lines.length > 0 && <Preview lines={lines} />}
      {lines.length > good.length && <p>{t.many.leftOut(lines.length - good.length)}</p>}
      {all.length > mostLines && <p>{fill(t.many.tooMany, { n: mostLines })}</p>}
      <ValidityField label={t.add.validity} value={validity} onChange={setValidity} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t.action.cancel}</Button>
        <Button type="submit" look="primary" isDisabled={!ready}>
          {t.many.addButton(good.length)}
        </Button>
      </div>
    </form>
  );
}

function Preview({ lines }: { lines: Wanted[] }) {
  const t = useText();
  return (
    <div className="many-preview" tabIndex={0} role="region" aria-label={t.many.preview}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.many.line}</th>
            <th scope="col">{t.add.name}</th>
            <th scope="col">{t.many.primary}</th>
            <th scope="col">{t.labels.title}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ line, name, primary, labels, problem }) => (
            <tr key={line} className={problem ? 'many-wrong' : ''}>
              <td>{line}</td>
              <td>
                {name}
                {problem && <div className="field-error">{problemWords(t, problem)}</div>}
              </td>
              <td>{primary}</td>
              <td>
                {Object.entries(labels)
                  .map(([key, value]) => `${key}: ${value}`)
                  .join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function problemWords(t: Messages, problem: Problem): string {
  return fill(t.many.problem[problem.kind], { ...problem });
}
