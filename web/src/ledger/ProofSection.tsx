// What the ledger says and has signed about itself, and who else has seen it.
import type { Ledger } from '../api/types';
import { useText } from '../i18n/context';
import { CopyButton } from '../ui/controls';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';

export function ProofSection({ ledger }: { ledger: Ledger }) {
  const t = useText();
  return (
    <>
      <h2 id="proof-title" className="section-title">
        {t.proof.ledger.title}
      </h2>
      <section className="card stack" aria-labelledby="proof-title">
        <p className="lead">{t.proof.ledger.lead}</p>
        <HeadFacts ledger={ledger} />
        <Witnesses ledger={ledger} />
        <div className="stack-tight">
          <h3 className="label">{t.proof.ledger.vkey}</h3>
          <pre className="command" tabIndex={0} aria-label={t.proof.ledger.vkey}>
            {ledger.vkey}
          </pre>
          <div className="row">
            <CopyButton text={ledger.vkey} label={t.proof.ledger.copyVkey} />
            {ledger.checkpoint && (
              <a className="button button-plain" href="/tlog/checkpoint" download="checkpoint">
                {t.proof.ledger.download}
              </a>
            )}
          </div>
        </div>
      </section>
    </>
  );
}

function HeadFacts({ ledger }: { ledger: Ledger }) {
  const t = useText();
  const { checkpoint } = ledger;
  return (
    <dl className="facts">
      <div>
        <dt>{t.proof.checkpoint}</dt>
        <dd>
          {checkpoint ? (
            <Sentence
              message={t.proof.ledger.run}
              values={{
                events: t.ledger.events(checkpoint.size),
                time: <Time at={checkpoint.at} as="relative" />,
              }}
            />
          ) : (
            t.proof.ledger.noCheckpoint
          )}
        </dd>
      </div>
      <div>
        <dt>{t.proof.ledger.ca}</dt>
        <dd>
          <Sentence
            message={t.proof.ledger.caUntil}
            values={{
              sha256: (
                <span className="mono" title={`sha256:${ledger.ca_sha256}`}>
                  {ledger.ca_sha256.slice(0, 16)}…
                </span>
              ),
              time: <Time at={ledger.ca_not_after} />,
            }}
          />
        </dd>
      </div>
      <div>
        <dt>{t.proof.ledger.epoch}</dt>
        <dd className="mono">{ledger.epoch}</dd>
      </div>
      <div className="fact-long">
        <dt>{t.proof.root}</dt>
        <dd className="mono">{ledger.root_hash}</dd>
      </div>
      <div className="fact-long">
        <dt>{t.proof.origin}</dt>
        <dd className="mono">{ledger.origin}</dd>
      </div>
    </dl>
  );
}

function Witnesses({ ledger }: { ledger: Ledger }) {
  const t = useText();
  const words = t.proof.ledger;
  return (
    <div className="stack-tight">
      <h3 className="label">{words.witnesses}</h3>
      {ledger.checkpoint_file && <p className="hint">{words.copyElsewhere}</p>}
      {ledger.witnesses.length === 0 && !ledger.checkpoint_file && (
        <p className="hint">{words.noWitness}</p>
      )}
      {ledger.witnesses.length > 0 && (
        <ul className="plain-list">
          {ledger.witnesses.map(({ name, size, at }) => (
            <li key={name}>
              <Sentence
                message={size === null || at === null ? words.notWitnessed : words.witnessed}
                values={{
                  name: <span className="mono">{name}</span>,
                  events: size !== null && t.ledger.events(size),
                  time: at !== null && <Time at={at} as="relative" />,
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
