// From an empty ledger to a green dot: open an account, add a gateway, register it.
import { useState } from 'react';
import { Link } from 'wouter';
import type { Gateway } from '../api/types';
import { ActWindow, useOpenAct } from '../gateways/acts';
import { AddForm } from '../gateways/AddWindow';
import { Dot } from '../gateways/Dot';
import { useGateways } from '../gateways/store';
import { State } from '../gateways/Tile';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay } from '../session/session';
import { PageHead } from '../shell/page';
import { Notice } from '../ui/controls';
import { Icon } from '../ui/icons';
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
          <Step n={1} done={account !== null} now={account === null} hint={t.first.accountHint}>
            {account ? <p className="mono">{account}</p> : <OpenAccountForm onOpened={setOpened} />}
          </Step>
          {account ? <GatewaySteps key={account} account={account} /> : <LaterSteps />}
        </ol>
      )}
    </div>
  );
}

function LaterSteps() {
  const t = useText();
  return (
    <>
      <Step n={2} hint={t.first.gatewayHint} />
      <Step n={3} hint={t.first.registerHint} />
    </>
  );
}

function GatewaySteps({ account }: { account: string }) {
  const t = useText();
  const manage = useMay('manage');
  const [gateways, store] = useGateways(account);
  const { open, known } = useOpenAct();
  const gateway: Gateway | undefined = gateways.byId.values().next().value;
  const green = gateway?.status === 'green';
  return (
    <>
      <Step n={2} done={gateway !== undefined} now={!gateway} hint={t.first.gatewayHint}>
        {gateway && <p>{gateway.name}</p>}
        {!gateway && gateways.loaded && manage && (
          <AddForm account={account} put={(added) => store.put(added)} open={open} />
        )}
      </Step>
      <Step n={3} done={green} now={gateway !== undefined && !green} hint={t.first.registerHint}>
        {gateway && (
          <div className="stack-tight">
            <Dot gateway={gateway} />
            <State gateway={gateway} open={open} />
          </div>
        )}
      </Step>
      {green && (
        <li className="step-end">
          <Notice tone="success">
            <strong>{t.first.greenTitle}</strong>
            <p>{fill(t.first.green, { name: gateway.name })}</p>
          </Notice>
          <Link className="button button-primary" href={`/accounts/${account}/gateways`}>
            {t.app.toGateways}
          </Link>
        </li>
      )}
      <ActWindow
        account={account}
        find={(id) => gateways.byId.get(id)}
        secondaries={() => 0}
        put={(changed) => store.put(changed)}
        open={open}
        known={known}
      />
    </>
  );
}

interface StepProps {
  n: number;
  hint: string;
  done?: boolean;
  now?: boolean;
  children?: React.ReactNode;
}

function Step({ n, hint, done, now, children }: StepProps) {
  const t = useText();
  return (
    <li
      className={`step ${done ? 'step-done' : now ? 'step-now' : 'step-later'}`}
      aria-current={now ? 'step' : undefined}
    >
      <span className="step-number" aria-hidden="true">
        {done ? <Icon name="check" /> : n}
      </span>
      <div className="step-body">
        <h2>
          <span className="visually-hidden">{fill(t.first.step, { n })}: </span>
          {t.first.steps[n - 1]}
        </h2>
        <p className="hint">{hint}</p>
        {(done || now) && children}
      </div>
    </li>
  );
}
