// Changes the labels and the note of a gateway.
import { useState } from 'react';
import { api, ask, type Once } from '../api/client';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { AreaField, Button, Field } from '../ui/controls';
import { Icon } from '../ui/icons';
import { AskForm } from '../ui/window';
import { badKey, longestKey, longestNote, longestValue, maxLabels } from './limits';

interface Props {
  gateway: Gateway;
  put(gateway: Gateway): void;
  onClose(): void;
}

interface Row {
  id: number;
  key: string;
  value: string;
}

const noteRows = 3;

export function Part({ gateway, put, onClose }: Props) {
  const t = useText();
  const [rows, setRows] = useState<Row[]>(() => rowsOf(gateway));
  const [note, setNote] = useState(gateway.note ?? '');
  const [wrongKey, twice] = [t.labels.badKey, t.labels.twice];
  const filled = rows.filter(({ key, value }) => key.trim() !== '' || value.trim() !== '');
  const problemOf = ({ id, key }: Row) => {
    if (!filled.some((row) => row.id === id)) return undefined;
    if (badKey(key.trim())) return wrongKey;
    return filled.some((row) => row.id < id && row.key.trim() === key.trim()) ? twice : undefined;
  };
  const change = (id: number, part: Partial<Row>) =>
    setRows(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const add = () => {
    const id = Math.max(-1, ...rows.map((row) => row.id)) + 1;
    setRows([...rows, { id, key: '', value: '' }]);
  };
  const save = (once: Once) => {
    const labels = Object.fromEntries(filled.map((row) => [row.key.trim(), row.value.trim()]));
    const body = { labels, note: note.trim() || null };
    return ask(
      api.PATCH('/v1/gateways/{gateway}', {
        params: { path: { gateway: gateway.id }, header: once.header(body) },
        body,
      }),
    );
  };
  return (
    <AskForm
      submit={t.labels.save}
      send={save}
      onDone={put}
      onClose={onClose}
      disabled={filled.some((row) => problemOf(row) !== undefined)}
    >
      <fieldset className="label-rows">
        <legend className="label">{t.labels.title}</legend>
        <div className="label-row label-heads" aria-hidden="true">
          <span>{t.labels.key}</span>
          <span>{t.labels.value}</span>
          <span className="label-end" />
        </div>
        {rows.map((row, index) => (
          <LabelRow
            key={row.id}
            n={index + 1}
            row={row}
            problem={problemOf(row)}
            autoFocus={index > 0 && row.key === '' && index === rows.length - 1}
            onChange={(part) => change(row.id, part)}
            onRemove={() => setRows(rows.filter(({ id }) => id !== row.id))}
          />
        ))}
        <div className="row">
          {rows.length < maxLabels && (
            <Button onPress={add}>
              <Icon name="plus" />
              {t.labels.add}
            </Button>
          )}
        </div>
      </fieldset>
      <AreaField
        label={t.labels.note}
        value={note}
        onChange={setNote}
        maxLength={longestNote}
        rows={noteRows}
      />
    </AskForm>
  );
}

interface RowProps {
  n: number;
  row: Row;
  problem?: string;
  autoFocus: boolean;
  onChange(part: Partial<Row>): void;
  onRemove(): void;
}

function LabelRow({ n, row, problem, autoFocus, onChange, onRemove }: RowProps) {
  const t = useText();
  return (
    <div className="label-row">
      <Field
        label={fill(t.labels.keyOf, { n })}
        error={problem}
        value={row.key}
        onChange={(key) => onChange({ key })}
        maxLength={longestKey}
        autoFocus={autoFocus}
        hideLabel
        mono
      />
      <Field
        label={fill(t.labels.valueOf, { n })}
        value={row.value}
        onChange={(value) => onChange({ value })}
        maxLength={longestValue}
        hideLabel
      />
      <Button look="ghost" aria-label={fill(t.labels.remove, { n })} onPress={onRemove}>
        <Icon name="close" />
      </Button>
    </div>
  );
}

const rowsOf = ({ labels }: Gateway): Row[] => {
  const all = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = all.length > 0 ? all : [['', '']];
  return shown.map(([key, value], id) => ({ id, key, value }));
};
