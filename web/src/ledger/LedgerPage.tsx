// The ledger itself: how large it is, whether it could be restored, what awaits acceptance since it
// was, and what it has signed.
import { api, ask } from '../api/client';
import type { LastRun, Ledger } from '../api/types';
import { useAnswer, useNowAndThen } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { millis } from '../i18n/time';
import { useMay, useSession } from '../session/session';
import { PageHead } from '../shell/page';
import { Button, Notice } from '../ui/controls';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { Sentence } from '../ui/sentence';
import { Time, useNow } from '../ui/time';
import { UnreadNotice } from '../ui/window';
import { later } from '../ui/later';
import { AcceptAllWindow } from './AcceptAllWindow';
import { ProofSection } from './ProofSection';

const kinds = ['acceptAll'] as const;
const dayMs = 86_400_000;
const oldBackupMs = dayMs;
const oldDrillMs = 31 * dayMs;
const freshenMs = 10_000;

const VerifySection = later(() => import('./VerifySection'));

export function LedgerPage() {
  const t = useText();
  const { ledger, refusal, read } = useLedger();
  const wholeLedger = useSession().operator.accounts === null;
  const manage = useMay('manage') && wholeLedger;
  const accepting = useOpened(kinds) && manage;
  return (
    <>
      <PageHead title={t.ledger.title} lead={t.ledger.lead} />
      <UnreadNotice refusal={refusal} again={read} />
      {ledger && (
        <section className="card stack" aria-label={t.ledger.title}>
          <Facts ledger={ledger} />
          {ledger.backup && <BackupAdvice backup={ledger.backup} />}
          {ledger.drill && ledger.backup?.at && <DrillAdvice drill={ledger.drill} />}
          {(ledger.gateways_without_ca ?? 0) > 0 && (
            <Notice tone="warning">
              <p>{t.withoutCa.count(ledger.gateways_without_ca ?? 0)}</p>
              <p>{t.withoutCa.advice}</p>
            </Notice>
          )}
          {ledger.restored > 0 && (
            <Notice tone="warning">
              <p>{t.restored.count(ledger.restored)}</p>
              <p>{t.restored.advice}</p>
              {manage && (
                <Button onPress={() => openWindow('acceptAll')}>{t.restored.acceptAll}</Button>
              )}
            </Notice>
          )}
        </section>
      )}
      {ledger && <ProofSection ledger={ledger} />}
      {ledger && wholeLedger && <VerifySection />}
      {accepting && <AcceptAllWindow onDone={read} onClose={closeWindow} />}
    </>
  );
}

// Read again now and then: backups and drills are not events.
const readLedger = () => ask(api.GET('/v1/ledger'));

function useLedger() {
  const { answer, refusal, reload } = useAnswer(readLedger);
  useNowAndThen(reload, freshenMs);
  return { ledger: answer, refusal, read: reload };
}

function Facts({ ledger }: { ledger: Ledger }) {
  const t = useText();
  return (
    <dl className="facts">
      <div>
        <dt>{t.ledger.size}</dt>
        <dd>{t.ledger.events(ledger.size)}</dd>
      </div>
      <div>
        <dt>{t.proof.ledger.version}</dt>
        <dd>{ledger.server_version}</dd>
      </div>
      {ledger.backup && (
        <div>
          <dt>{t.ledger.backup}</dt>
          <dd>
            <RunWords run={ledger.backup} />
          </dd>
        </div>
      )}
      {ledger.drill && (
        <div>
          <dt>{t.ledger.drill}</dt>
          <dd>
            <RunWords run={ledger.drill} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t.ledger.restored}</dt>
        <dd>{t.gateways.count(ledger.restored)}</dd>
      </div>
    </dl>
  );
}

function RunWords({ run }: { run: LastRun }) {
  const t = useText();
  if (!run.at || run.size === null) return t.gateways.never;
  return (
    <Sentence
      message={t.ledger.run}
      values={{ time: <Time at={run.at} as="relative" />, events: t.ledger.events(run.size) }}
    />
  );
}

const isOld = (run: LastRun, now: number, mostMs: number) =>
  run.at !== null && now - millis(run.at) > mostMs;

// What to type when there is no backup to rely on.
function BackupAdvice({ backup }: { backup: LastRun }) {
  const t = useText();
  const now = useNow();
  const words = !backup.at
    ? t.ledger.noBackup
    : backup.failed_at
      ? t.ledger.backupFailed
      : isOld(backup, now, oldBackupMs)
        ? t.ledger.oldBackup
        : null;
  if (!words) return null;
  return (
    <Notice tone="warning">
      <p>{words}</p>
      <pre className="command">{t.ledger.backupCommand}</pre>
    </Notice>
  );
}

function DrillAdvice({ drill }: { drill: LastRun }) {
  const t = useText();
  const now = useNow();
  const words = drill.failed_at
    ? t.ledger.drillFailed
    : !drill.at
      ? t.ledger.noDrill
      : isOld(drill, now, oldDrillMs)
        ? t.ledger.oldDrill
        : null;
  if (!words) return null;
  return (
    <Notice tone={drill.failed_at ? 'danger' : 'warning'}>
      <p>{words}</p>
      <pre className="command">{t.ledger.drillCommand}</pre>
    </Notice>
  );
}
