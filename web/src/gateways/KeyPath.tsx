// The way of a key in three steps: copy it, run what redeems it, and watch the dot turn green.
import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import type { Gateway } from '../api/types';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { absolute, remaining } from '../i18n/time';
import { useSession } from '../session/session';
import { CopyButton } from '../ui/controls';
import { Icon } from '../ui/icons';
import { useSecond } from '../ui/time';
import type { KnownKey } from './knownKey';
import { Outcome, Watch } from './KeyWatch';
import { Recipes } from './Recipes';
import { KeyTools } from './KeyTools';
import { stageOf } from './stage';
import '../styles/path.css';

export interface PathProps {
  gateway: Gateway;
  shown: KnownKey;
  onCopied?(): void;
}

export function Part({ gateway, shown, onCopied }: PathProps) {
  const t = useText();
  const stage = stageOf(gateway, shown);
  const frame = useSteadyHeight(stage === 'waiting');
  return (
    <div className="path">
      <div ref={frame} className="path-do">
        {stage === 'waiting' ? (
          <>
            <Step n={1} title={t.path.copyTitle}>
              <KeyCard gateway={gateway} shown={shown} onCopied={onCopied} />
            </Step>
            <Step n={2} title={t.path.runTitle}>
              <Recipes shown={shown} onCopied={onCopied} />
            </Step>
          </>
        ) : (
          <Outcome gateway={gateway} shown={shown} stage={stage} />
        )}
      </div>
      <Step n={3} title={t.path.watchTitle}>
        <Watch gateway={gateway} shown={shown} stage={stage} />
      </Step>
    </div>
  );
}

// As high as it was while it waited: what stands below stays where it is when the key is redeemed.
function useSteadyHeight(waiting: boolean) {
  const frame = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  useLayoutEffect(() => {
    const element = frame.current!;
    element.style.minHeight = waiting ? '' : `${height.current}px`;
    if (!waiting) return;
    const observer = new ResizeObserver(() => {
      height.current = element.offsetHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [waiting]);
  return frame;
}

function Step({ n, title, children }: { n: number; title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="path-step" aria-labelledby={id}>
      <h3 id={id} className="path-title">
        <span className="path-number" aria-hidden="true">
          {n}
        </span>
        {title}
      </h3>
      {children}
    </section>
  );
}

function KeyCard({ gateway, shown, onCopied }: PathProps) {
  const { t, locale } = usePreferences();
  const session = useSession();
  const until = absolute(shown.expiresAt, locale);
  return (
    <div className="stack-tight">
      <section className="key-card">
        <div className="key-head">
          <span className="label">{fill(t.key.label, { n: shown.generation })}</span>
          <Countdown until={shown.expiresAt} />
          <div className="on-paper">
            <p>{fill(t.path.account, { account: gateway.account })}</p>
            <p>{fill(t.path.server, { url: session.gateways_url ?? '' })}</p>
            <p>{fill(t.path.until, { time: until })}</p>
          </div>
        </div>
        <KeyGroups text={shown.text} />
        <div className="key-foot">
          <CopyButton text={shown.text} label={t.key.copy} look="primary" onCopied={onCopied} />
          <span className="hint">{t.key.lead}</span>
        </div>
      </section>
      <KeyTools gateway={gateway} shown={shown} onCopied={onCopied} />
    </div>
  );
}

// In its groups for the eye, on one line; copied whole.
function KeyGroups({ text }: { text: string }) {
  return (
    <p className="key-text" data-testid="key">
      {text.split('-').map((group, index) => (
        <span key={index} className="key-group">
          {index > 0 && <span className="key-dash">-</span>}
          {group}
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
