// The last events, verified by the browser while the reader may go on reading, or cancel.
import { useEffect, useRef, useState } from 'react';
import { Refusal } from '../api/client';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { toBase64 } from '../proof/bytes';
import { whyNot } from '../proof/told';
import { verifyLast, type RangeVerdict } from '../proof/verify';
import { Button, Choice, Notice } from '../ui/controls';
import { RefusalNotice } from '../ui/window';

const counts = ['100', '1000', '10000'] as const;

type State =
  | { kind: 'idle' }
  | { kind: 'running'; done: number; total: number }
  | { kind: 'cancelled'; done: number }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'ended'; verdict: RangeVerdict };

function useVerification() {
  const [state, setState] = useState<State>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = async (count: number) => {
    const stop = new AbortController();
    running.current = stop;
    let reached = 0;
    const onProgress = (done: number, total: number) => {
      reached = done;
      setState({ kind: 'running', done, total });
    };
    onProgress(0, count);
    try {
      setState({ kind: 'ended', verdict: await verifyLast(count, onProgress, stop.signal) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const cancelled = stop.signal.aborted;
      setState(
        cancelled ? { kind: 'cancelled', done: reached } : { kind: 'refused', refusal: error },
      );
    }
  };
  return { state, start, cancel: () => running.current?.abort() };
}

export function Part() {
  const t = useText();
  const { state, start, cancel } = useVerification();
  const [count, setCount] = useState<(typeof counts)[number]>('100');
  const running = state.kind === 'running';
  const bad = state.kind === 'ended' && state.verdict.kind === 'bad';
  return (
    <>
      <h2 id="verify-title" className="section-title">
        {t.proof.verify.title}
      </h2>
      <section className="card stack" aria-labelledby="verify-title">
        <p className="lead">{t.proof.verify.lead}</p>
        <div className="row">
          <Choice
            inline
            label={t.proof.verify.count}
            value={count}
            options={counts.map((each) => [each, t.ledger.events(Number(each))] as const)}
            onChange={setCount}
          />
          {running ? (
            <Button onPress={cancel}>{t.action.cancel}</Button>
          ) : (
            <Button look="primary" onPress={() => start(Number(count))}>
              {t.proof.verify.start}
            </Button>
          )}
        </div>
        {running && <Progress done={state.done} total={state.total} />}
        <RefusalNotice refusal={state.kind === 'refused' ? state.refusal : null} />
        <div role={bad ? undefined : 'status'}>
          {state.kind === 'cancelled' && (
            <Notice tone="info">
              {fill(t.proof.verify.cancelled, { events: t.ledger.events(state.done) })}
            </Notice>
          )}
          {state.kind === 'ended' && <VerdictNotice verdict={state.verdict} />}
        </div>
      </section>
    </>
  );
}

function Progress({ done, total }: { done: number; total: number }) {
  const { t, locale } = usePreferences();
  const words = fill(t.proof.verify.progress, {
    done: done.toLocaleString(locale),
    total: t.ledger.events(total),
  });
  return (
    <div className="stack-tight">
      <progress className="progress" value={done} max={total} aria-label={t.proof.verify.title} />
      <span className="hint">{words}</span>
    </div>
  );
}

function VerdictNotice({ verdict }: { verdict: RangeVerdict }) {
  const t = useText();
  const words = t.proof.verify;
  switch (verdict.kind) {
    case 'good': {
      const { head, range } = verdict;
      const { size, root } = head.checkpoint;
      const values = {
        events: t.ledger.events(range.end - range.from),
        from: range.from,
        to: range.end - 1,
      };
      const of = { size: t.ledger.events(size), root: toBase64(root) };
      return (
        <Notice tone={head.signed ? 'success' : 'warning'}>
          <strong>{fill(head.signed ? words.good : words.unsigned, values)}</strong>
          <p className="hint">{fill(words.of, of)}</p>
        </Notice>
      );
    }
    case 'bad': {
      const { failure } = verdict;
      return (
        <Notice tone="danger" alert>
          <strong>
            {failure.what === 'leaf' ? fill(words.badEvent, { n: failure.from! }) : words.bad}
          </strong>
          <p>{whyNot(failure, t)}</p>
          <p>{words.badAdvice}</p>
          <pre className="command">{t.proof.badCommand}</pre>
        </Notice>
      );
    }
    case 'none':
      return <Notice tone="warning">{words.none}</Notice>;
  }
}
