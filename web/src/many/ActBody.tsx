// Generates, revokes or removes for all that were selected: says what ends, asks once, tells of each.
import { useState, type FormEvent } from 'react';
import { Checkbox } from 'react-aria-components';
import { api, ask, type Once } from '../api/client';
import type { Gateway, KeyAnswer } from '../api/types';
import { ValidityField } from '../gateways/ValidityField';
import { usualValidity, validitySeconds } from '../gateways/validity';
import { hasKey, isRegistered } from '../gateways/view';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { Button, Field, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import type { ManyKind, ManyProps } from './ManyWindow';
import { Outcomes } from './Outcomes';
import type { Job } from './run';
import { useMany } from './useMany';

type Kind = Exclude<ManyKind, 'addMany'>;
type Answer = KeyAnswer | undefined;

export function Part(props: ManyProps & { kind: Kind }) {
  const { kind, about, there, onDone, onHold, onClose } = props;
  const t = useText();
  const [todo, setTodo] = useState<Gateway[]>([]);
  const { many, running, begin, again } = useMany<Answer>();
  const start = (chosen: Gateway[], jobs: Job<Answer>[]) => {
    setTodo(chosen);
    begin(jobs);
    onDone();
  };
  if (!many) return <Question {...props} onStart={start} />;
  const names = new Map([...there, ...about].map((gateway) => [gateway.id, gateway]));
  const keyOf = (id: string, answer: Answer) => {
    const { account, name } = names.get(id)!;
    return { account, id, name, key: answer?.key ?? null, expires: answer?.expires_at ?? '' };
  };
  return (
    <>
      <h3 className="visually-hidden">{t.many.outcomes}</h3>
      <Outcomes
        many={many}
        running={running}
        rows={todo}
        again={again}
        keyOf={kind === 'manyGenerate' ? keyOf : undefined}
        onHold={onHold}
        onClose={onClose}
      />
    </>
  );
}

// Which of them it can be done with, and which stay as they are.
function planOf(kind: Kind, { about, there }: ManyProps, replace: boolean) {
  const chosen = new Set(about.map(({ id }) => id));
  const keeps = (gateway: Gateway) =>
    there.some(({ id, primary }) => primary === gateway.id && !chosen.has(id));
  const fits = {
    manyGenerate: (gateway: Gateway) => replace || !isRegistered(gateway),
    manyRevoke: hasKey,
    manyRemove: (gateway: Gateway) => !keeps(gateway),
  }[kind];
  const todo = about.filter(fits);
  return { todo, left: about.length - todo.length };
}

function Question(
  props: ManyProps & { kind: Kind; onStart(todo: Gateway[], jobs: Job<Answer>[]): void },
) {
  const { kind, about, onStart, onClose } = props;
  const t = useText();
  const manage = useMay('manage');
  const [validity, setValidity] = useState(usualValidity);
  const [reason, setReason] = useState('');
  const [replace, setReplace] = useState(false);
  const [typed, setTyped] = useState('');
  const { todo, left } = planOf(kind, props, replace);
  const registered = about.filter(isRegistered).length;
  const generates = kind === 'manyGenerate';
  const confirmed = kind !== 'manyRemove' || typed.trim() === String(todo.length);
  const seconds = validitySeconds(validity);
  const ready = todo.length > 0 && confirmed && seconds !== null;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) onStart(todo, jobsOf(kind, todo, seconds, reason.trim()));
  };
  const without = {
    manyGenerate: t.many.without.registered,
    manyRevoke: t.many.without.noKey,
    manyRemove: t.many.without.hasSecondaries,
  }[kind];
  const submit = {
    manyGenerate: t.many.submits.generate,
    manyRevoke: t.many.submits.revoke,
    manyRemove: t.many.submits.remove,
  }[kind];
  return (
    <form className="stack" onSubmit={onSubmit} noValidate>
      {todo.length > 0 ? (
        <WhatEnds kind={kind} todo={todo} />
      ) : (
        <Notice tone="info">{t.many.nothingToDo}</Notice>
      )}
      {left > 0 && <p className="hint">{without(left)}</p>}
      {generates && registered > 0 && manage && (
        <Checkbox className="checkbox" isSelected={replace} onChange={setReplace}>
          <span className="check-box">
            <Icon name="check" />
          </span>
          {t.many.replaceToo(registered)}
        </Checkbox>
      )}
      {generates && (
        <>
          <ValidityField label={t.generate.validity} value={validity} onChange={setValidity} />
          <Field label={t.generate.reason} value={reason} onChange={setReason} maxLength={1024} />
        </>
      )}
      {kind === 'manyRemove' && todo.length > 0 && (
        <Field
          label={fill(t.many.typeCount, { n: todo.length })}
          value={typed}
          onChange={setTyped}
          autoFocus
        />
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t.action.cancel}</Button>
        <Button type="submit" look={generates ? 'primary' : 'danger'} isDisabled={!ready}>
          {submit(todo.length)}
        </Button>
      </div>
    </form>
  );
}

function WhatEnds({ kind, todo }: { kind: Kind; todo: Gateway[] }) {
  const { ends } = useText().many;
  const keys = todo.filter(hasKey).length;
  const pending = todo.filter((gateway) => gateway.pending).length;
  const registered = todo.filter(isRegistered).length;
  const removes = kind === 'manyRemove';
  const lines = [
    keys > 0 && ends.keys(keys),
    pending > 0 && kind !== 'manyRevoke' && ends.pending(pending),
    removes && registered > 0 && ends.registered(registered),
    removes && ends.gone,
  ].filter((line) => line !== false);
  return (
    <Notice tone={removes ? 'danger' : lines.length > 0 ? 'warning' : 'info'}>
      {lines.length === 0 && ends.nothing}
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Notice>
  );
}

function jobsOf(kind: Kind, todo: Gateway[], expires_in_seconds: number, reason: string) {
  const path = (id: string) => ({ gateway: id });
  const generate = (gateway: Gateway) => (once: Once) => {
    const body = {
      expires_in_seconds,
      ...(isRegistered(gateway) ? { replace: true } : {}),
      ...(reason ? { reason } : {}),
    };
    const params = { path: path(gateway.id), header: once.header(body) };
    return ask(api.POST('/v1/gateways/{gateway}/key', { params, body }));
  };
  const revoke =
    ({ id }: Gateway) =>
    (once: Once) => {
      const params = { path: path(id), header: once.header(id) };
      return ask(api.DELETE('/v1/gateways/{gateway}/key', { params }));
    };
  const remove =
    ({ id }: Gateway) =>
    (once: Once) => {
      const params = { path: path(id), header: once.header(id) };
      return ask(api.DELETE('/v1/gateways/{gateway}', { params }));
    };
  const sendOf: Record<Kind, (gateway: Gateway) => Job<Answer>['send']> = {
    manyGenerate: generate,
    manyRevoke: revoke,
    manyRemove: remove,
  };
  // A primary goes after its secondaries.
  const under = ({ id }: Gateway) =>
    todo.filter(({ primary }) => primary === id).map((each) => each.id);
  return todo.map((gateway): Job<Answer> => ({
    id: gateway.id,
    send: sendOf[kind](gateway),
    needs: kind === 'manyRemove' ? under(gateway) : [],
  }));
}
