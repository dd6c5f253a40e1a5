// From an empty ledger to a green dot: open an account, add a gateway, register it.
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Gateway } from '../api/types';
import { ActWindow, useOpenAct, type OpenAct } from '../gateways/acts';
import { AddForm } from '../gateways/AddWindow';
import { Dot } from '../gateways/Dot';
import { Failed } from '../gateways/Failed';
import type { KnownKey } from '../gateways/knownKey';
import { KeyBody, useShownKey } from '../gateways/shownKey';
import { stageOf } from '../gateways/stage';
import { useGateways } from '../gateways/store';
import { hasKey, isRegistered } from '../gateways/view';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { PageHead } from '../shell/page';
import { Button, Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
import { closeWindow } from '../ui/opened';
import { OpenAccountForm } from './AccountsPage';
import { useAccounts } from './accounts';

export function FirstRunPage() {
  const t = useText();
  const { accounts } = useAccounts();
  const mayOpen = useMay('openAccounts');
  const [opened, setOpened] = useState<string | null>(null);
  const account = opened ?? accounts?.[0]?.account ?? null;
  return (
    <div className="narrow">
      <PageHead title={t.first.title} lead={t.first.lead} />
      {accounts?.length === 0 && !mayOpen && <Notice tone="info">{t.first.nothing}</Notice>}
      {accounts && (account || mayOpen) && (
        <ol className="steps">
          <Step n={1} done={account !== null} now={account === null} what={account ?? undefined}>
            <p className="hint">{t.first.accountHint}</p>
            <OpenAccountForm onOpened={setOpened} />
          </Step>
          {account ? <GatewaySteps key={account} account={account} /> : <LaterSteps />}
        </ol>
      )}
    </div>
  );
}

const LaterSteps = () => (
  <>
    <Step n={2} />
    <Step n={3} />
  </>
);

function GatewaySteps({ account }: { account: string }) {
  const t = useText();
  const manage = useMay('manage');
  const [gateways, store] = useGateways(account);
  const [known, setKnown] = useState<KnownKey | undefined>();
  const gateway: Gateway | undefined = gateways.byId.values().next().value;
  const green = gateway?.status === 'green';
  // The key goes into the next step.
  const open: OpenAct = (act) => act.kind === 'key' && setKnown(act.known);
  return (
    <>
      <Step n={2} done={gateway !== undefined} now={!gateway} what={gateway?.name}>
        {!gateway && gateways.loaded && manage && (
          <>
            <p className="hint">{t.first.gatewayHint}</p>
            <AddForm account={account} put={(added) => store.put(added)} open={open} />
          </>
        )}
      </Step>
      <Step n={3} done={green && !known} now={gateway !== undefined}>
        {gateway && (
          <RegisterStep
            key={`${gateway.id} ${known?.generation}`}
            gateway={gateway}
            known={known}
            onKey={setKnown}
          />
        )}
      </Step>
      {green && (
        <li className="step-end">
          {!known && (
            <Notice tone="success">
              <strong>{t.first.greenTitle}</strong>
              <p>{fill(t.first.green, { name: gateway.name })}</p>
            </Notice>
          )}
          <Link className="button button-primary" href={`/accounts/${account}/gateways`}>
            {t.app.toGateways}
          </Link>
        </li>
      )}
    </>
  );
}

interface RegisterProps {
  gateway: Gateway;
  known: KnownKey | undefined;
  onKey(key: KnownKey | undefined): void;
}

// The key and its command, on the page itself.
function RegisterStep({ gateway, known, onKey }: RegisterProps) {
  const t = useText();
  const keys = useMay('keys');
  const state = useShownKey(gateway.id, known, known !== undefined);
  const { open } = useOpenAct();
  const shown = state.key !== null;
  const ended = shown && ['failed', 'ended'].includes(stageOf(gateway, state.key!));
  const openHere: OpenAct = (act) => {
    if (act.kind !== 'key') return open(act);
    closeWindow();
    onKey(act.known);
  };
  return (
    <>
      {!shown && <Dot gateway={gateway} />}
      {!shown && gateway.last_failure && <Failed gateway={gateway} />}
      {(shown || (keys && hasKey(gateway))) && (
        <>
          <p className="hint">{t.first.registerHint}</p>
          <KeyBody gateway={gateway} state={state} />
        </>
      )}
      {keys && !gateway.pending && !isRegistered(gateway) && (ended || !hasKey(gateway)) && (
        <div>
          <Button look="primary" onPress={() => open({ kind: 'generate', gateway: gateway.id })}>
            <Icon name="refresh" />
            {t.key.generate}
          </Button>
        </div>
      )}
      <ActWindow
        account={gateway.account}
        find={() => gateway}
        secondaries={() => 0}
        put={() => {}}
        open={openHere}
        known={undefined}
      />
    </>
  );
}

interface StepProps {
  n: number;
  done?: boolean;
  now?: boolean;
  // What has been done, on the line of the step: one that is done is folded.
  what?: string;
  children?: ReactNode;
}

function Step({ n, done, now, what, children }: StepProps) {
  const t = useText();
  return (
    <li
      className={`step ${done ? 'step-done' : now ? 'step-now' : 'step-later'}`}
      aria-current={now && !done ? 'step' : undefined}
    >
      <span className="step-number" aria-hidden="true">
        {done ? <Icon name="check" /> : n}
      </span>
      <div className="step-body">
        <h2>
          <span className="visually-hidden">{fill(t.first.step, { n })}: </span>
          {t.first.steps[n - 1]}
          {what && <span className="step-what">{what}</span>}
        </h2>
        {now && !done && children}
      </div>
    </li>
  );
}
