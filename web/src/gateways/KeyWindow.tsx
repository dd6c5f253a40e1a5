// The Registration Key window: the key, how long it is good for, and the command for the installer.
// It follows the gateway while it is open, from the waiting to the green dot or to the failure.
import { useEffect, useRef, useState } from 'react';
import { Refusal, api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { remaining } from '../i18n/time';
import { useMay, useSession } from '../session/session';
import { Button, CopyButton, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { useSecond } from '../ui/time';
import { RefusalNotice, TellWindow } from '../ui/window';
import type { OpenAct } from './acts';
import { knownKey, type KnownKey } from './knownKey';
import { failureReason, whatItRetires } from './words';
import { isRegistered } from './view';

interface Props {
  gateway: Gateway;
  known?: KnownKey;
  // By a control of the page. By a link or a reload no key is shown until it is asked for.
  pressed: boolean;
  open: OpenAct;
  onClose(): void;
}

export function KeyWindow({ gateway, known, pressed, open, onClose }: Props) {
  const t = useText();
  const [key, setKey] = useState<KnownKey | null>(known ?? null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [wanted, setWanted] = useState(pressed);
  const [kept, setKept] = useState(false);
  // As it was when the window was opened: afterwards the key may have registered it.
  const [replaces] = useState(() => isRegistered(gateway));
  const asked = useRef(known !== undefined);

  useEffect(() => {
    // Showing a key is recorded: one opening of the window asks once.
    if (!wanted || asked.current) return;
    asked.current = true;
    reveal(gateway.id).then(setKey, (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    });
  }, [wanted, gateway.id]);

  return (
    <TellWindow
      title={
        <>
          {replaces ? t.key.showReplacement : t.key.title}{' '}
          <span className="dialog-of">{fill(t.key.of, { name: gateway.name })}</span>
        </>
      }
      onClose={onClose}
      holds={key !== null && !kept && stageOf(gateway, key) === 'waiting'}
      action={key && <GenerateAfter gateway={gateway} shown={key} open={open} />}
    >
      <RefusalNotice refusal={refusal} />
      {replaces && (!key || stageOf(gateway, key) === 'waiting') && (
        <Notice tone="warning">{whatItRetires(t, gateway)}</Notice>
      )}
      {!wanted && (
        <>
          <p className="lead">{t.key.lead}</p>
          <Button look="primary" onPress={() => setWanted(true)}>
            <Icon name="key" />
            {t.key.reveal}
          </Button>
        </>
      )}
      {wanted && !key && !refusal && <p className="lead">{t.app.loading}</p>}
      {key && <KeyBody gateway={gateway} shown={key} onCopied={() => setKept(true)} />}
    </TellWindow>
  );
}

async function reveal(gateway: string): Promise<KnownKey | null> {
  const answer = await ask(
    api.POST('/v1/gateways/{gateway}/key/reveal', { params: { path: { gateway } } }),
  );
  return knownKey(answer) ?? null;
}

type Stage = 'waiting' | 'redeemed' | 'confirmed' | 'failed' | 'ended';

function stageOf(gateway: Gateway, shown: KnownKey): Stage {
  const facts = gateway.registration_key;
  // The page learns of the key through the event stream, perhaps a moment after the answer.
  if (!facts || facts.generation < shown.generation) return 'waiting';
  if (facts.generation > shown.generation) return 'ended';
  if (facts.state === 'active') return 'waiting';
  if (facts.state !== 'redeemed') return 'ended';
  if (gateway.pending) return 'redeemed';
  if (gateway.last_failure) return 'failed';
  return isRegistered(gateway) ? 'confirmed' : 'ended';
}

interface BodyProps {
  gateway: Gateway;
  shown: KnownKey;
  onCopied(): void;
}

function KeyBody({ gateway, shown, onCopied }: BodyProps) {
  const stage = stageOf(gateway, shown);
  return (
    <>
      {stage === 'waiting' && <KeyText shown={shown} onCopied={onCopied} />}
      <div role="status">
        <StageWords gateway={gateway} shown={shown} stage={stage} />
      </div>
    </>
  );
}

function KeyText({ shown, onCopied }: Omit<BodyProps, 'gateway'>) {
  const t = useText();
  const session = useSession();
  const command = [
    'latchkey register',
    `--url ${session.gateways_url ?? ''}`,
    `--ca-fingerprint ${session.ca_sha256}`,
  ].join(' \\\n  ');
  return (
    <>
      <p className="lead">{t.key.lead}</p>
      <section className="key-card">
        <div className="key-head">
          <span className="label">{fill(t.key.label, { n: shown.generation })}</span>
          <Countdown until={shown.expiresAt} />
        </div>
        <KeyGroups text={shown.text} />
        <CopyButton text={shown.text} label={t.key.copy} look="primary" onCopied={onCopied} />
      </section>
      <section className="stack-tight">
        <h3 className="label">{t.key.command}</h3>
        <pre className="command" tabIndex={0} aria-label={t.key.command}>
          {command}
        </pre>
        <div className="row">
          <CopyButton text={command} label={t.key.copyCommand} />
          <span className="hint">{t.key.commandHint}</span>
        </div>
      </section>
    </>
  );
}

// In its groups for the eye; copied whole.
function KeyGroups({ text }: { text: string }) {
  const groups = text.split('-');
  return (
    <p className="key-text" data-testid="key">
      {groups.map((group, index) => (
        <span key={index}>
          {group}
          {index < groups.length - 1 && (
            <>
              <span className="key-dash">-</span>
              <wbr />
            </>
          )}
        </span>
      ))}
    </p>
  );
}

function Countdown({ until }: { until: string }) {
  const { t, locale } = usePreferences();
  const left = remaining(until, useSecond(), locale);
  return (
    <span className="countdown" role="timer">
      <Icon name="clock" />
      {left ? fill(t.key.expiresIn, { time: left }) : t.key.expired}
    </span>
  );
}

// A new key is at hand while this one waits, and the next thing to do when it has failed.
function GenerateAfter(props: { gateway: Gateway; shown: KnownKey; open: OpenAct }) {
  const t = useText();
  const { gateway, shown, open } = props;
  const manage = useMay('manage');
  const keys = useMay('keys');
  const stage = stageOf(gateway, shown);
  const ended = stage === 'failed' || stage === 'ended';
  if (!ended && stage !== 'waiting') return null;
  if (!(isRegistered(gateway) ? manage : keys)) return null;
  return (
    <Button
      look={ended ? 'primary' : 'ghost'}
      onPress={() => open({ kind: 'generate', gateway: gateway.id })}
    >
      <Icon name="refresh" />
      {t.key.generate}
    </Button>
  );
}

function StageWords(props: { gateway: Gateway; shown: KnownKey; stage: Stage }) {
  const t = useText();
  const { gateway, stage } = props;
  switch (stage) {
    case 'waiting':
      return (
        <span className="waiting">
          <span className="dot dot-gray dot-pending" /> {t.key.waiting}
        </span>
      );
    case 'redeemed': {
      const address = gateway.pending?.redeemed_from ?? t.gateways.unknown;
      return (
        <span className="waiting">
          <span className="dot dot-gray dot-pending" /> {fill(t.key.redeemed, { address })}
        </span>
      );
    }
    case 'confirmed':
      return <Notice tone="success">{t.key.confirmed}</Notice>;
    case 'failed':
      return (
        <Notice tone="danger">
          <strong>{t.key.failed}</strong>
          <div>{failureReason(t, gateway.last_failure!)}</div>
          {gateway.last_failure!.detail && <div>{gateway.last_failure!.detail}</div>}
        </Notice>
      );
    case 'ended': {
      const state = gateway.registration_key?.state ?? 'superseded';
      const newer = gateway.registration_key!.generation > props.shown.generation;
      const words = t.keyWords[newer ? 'superseded' : state];
      return <Notice tone="warning">{fill(t.key.ended, { state: words })}</Notice>;
    }
  }
}
