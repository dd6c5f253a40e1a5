// What the browser finds out about one event, and what anyone needs to find it out elsewhere.
import { useCallback, useState } from 'react';
import { api, ask } from '../api/client';
import { useAnswer } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Button, CopyButton, Notice } from '../ui/controls';
import { Time } from '../ui/time';
import { RefusalNotice } from '../ui/window';
import { toBase64 } from './bytes';
import { proveEvent, type Verdict } from './prove';
import type { Head } from './reading';
import { useGone, Waiting, whyNot } from './told';

interface Props {
  sequence: number;
  onAgain(): void;
}

export function Part({ sequence, onAgain }: Props) {
  const t = useText();
  const [waits, setWaits] = useState(false);
  const gone = useGone();
  const read = useCallback(
    () => proveEvent(sequence, () => setWaits(true), gone),
    [sequence, gone],
  );
  const { answer, refusal } = useAnswer(read);
  const again = answer?.kind !== 'good' && (answer ?? refusal);
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <div role={answer?.kind === 'bad' ? undefined : 'status'}>
        {!answer && !refusal && <Waiting words={waits ? t.proof.waiting : t.proof.working} />}
        {answer && <VerdictNotice sequence={sequence} verdict={answer} />}
      </div>
      {again && (
        <div className="row">
          <Button onPress={onAgain}>{t.action.tryAgain}</Button>
        </div>
      )}
      {answer?.head && <HeadFacts sequence={sequence} head={answer.head} />}
      {answer && answer.kind !== 'uncovered' && <Offline sequence={sequence} />}
    </>
  );
}

function VerdictNotice({ sequence: n, verdict }: { sequence: number; verdict: Verdict }) {
  const t = useText();
  switch (verdict.kind) {
    case 'good':
      if (!verdict.head.signed)
        return <Notice tone="warning">{fill(t.proof.unsigned, { n })}</Notice>;
      return (
        <Notice tone="success">
          <strong>{fill(t.proof.good, { n })}</strong>
          <p>{t.proof.goodHow}</p>
        </Notice>
      );
    case 'bad':
      return (
        <Notice tone="danger" alert>
          <strong>{fill(t.proof.bad, { n })}</strong>
          <p>{whyNot(verdict.failure, t)}</p>
          <p>{t.proof.badAdvice}</p>
          <pre className="command">{t.proof.badCommand}</pre>
        </Notice>
      );
    case 'uncovered':
      return <Notice tone="warning">{fill(t.proof.uncovered, { n })}</Notice>;
  }
}

function HeadFacts({ sequence, head }: { sequence: number; head: Head }) {
  const t = useText();
  const { size, root, origin } = head.checkpoint;
  return (
    <dl className="facts" data-testid="proven">
      <div>
        <dt>{t.proof.event}</dt>
        <dd>{sequence}</dd>
      </div>
      <div>
        <dt>{t.proof.history}</dt>
        <dd>{t.ledger.events(size)}</dd>
      </div>
      {head.at && (
        <div>
          <dt>{t.proof.checkpoint}</dt>
          <dd>
            <Time at={head.at} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t.proof.signature}</dt>
        <dd>{head.signed ? t.proof.signed : t.proof.notChecked}</dd>
      </div>
      <div className="fact-long">
        <dt>{t.proof.root}</dt>
        <dd className="mono">{toBase64(root)}</dd>
      </div>
      <div className="fact-long">
        <dt>{t.proof.origin}</dt>
        <dd className="mono">{origin}</dd>
      </div>
    </dl>
  );
}

const readLedger = () => ask(api.GET('/v1/ledger'));

// What anyone needs who trusts neither this page nor the server.
function Offline({ sequence }: { sequence: number }) {
  const t = useText();
  const { answer: ledger } = useAnswer(readLedger);
  if (!ledger) return null;
  const event = `/v1/events/${sequence}`;
  const files = { proof: `event-${sequence}.tlog-proof`, entry: `event-${sequence}.entry` };
  const command = [
    'latchkey verify',
    `--proof ${files.proof}`,
    `--event ${files.entry}`,
    `--vkey ${ledger.vkey}`,
  ].join(' \\\n  ');
  return (
    <section className="stack-tight">
      <h3 className="label">{t.proof.offline}</h3>
      <div className="row">
        <a className="button button-plain" href={`${event}/proof`} download={files.proof}>
          {t.proof.downloadProof}
        </a>
        <a className="button button-plain" href={`${event}/entry`} download={files.entry}>
          {t.proof.downloadEntry}
        </a>
      </div>
      <pre className="command" tabIndex={0} aria-label={t.proof.offline}>
        {command}
      </pre>
      <div className="row">
        <CopyButton text={command} label={t.key.copyCommand} />
        <span className="hint">{t.proof.offlineHint}</span>
      </div>
    </section>
  );
}
