// The frame of the console, and which page an address shows.
import { useEffect } from 'react';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { AccountsPage } from '../accounts/AccountsPage';
import { FirstRunPage } from '../accounts/FirstRunPage';
import { AccountsProvider, useAccounts } from '../accounts/accounts';
import { GatewayPage } from '../gateways/GatewayPage';
import { GatewaysPage } from '../gateways/GatewaysPage';
import { AccountHistoryPage } from '../history/AccountHistoryPage';
import { useText } from '../i18n/context';
import { LedgerPage } from '../ledger/LedgerPage';
import { SignInPage } from '../session/SignInPage';
import { useSessionState } from '../session/session';
import { wantedFrom } from '../session/wanted';
import { TokensPage } from '../tokens/TokensPage';
import { Button, Notice } from '../ui/controls';
import { later } from '../ui/later';
import { returnToPlace } from '../ui/place';
import { WebhooksPage } from '../webhooks/WebhooksPage';
import { TopBar } from './TopBar';
import { StaleBand } from './stale';
import { NotFound, PageHead } from './page';

const OverviewPage = later(() => import('../overview/OverviewPage'));

export function App() {
  const t = useText();
  const { state, reload } = useSessionState();
  switch (state.kind) {
    case 'loading':
      return <p className="splash">{t.app.loading}</p>;
    case 'unreachable':
      return (
        <main className="splash stack">
          <Notice tone="danger" alert>
            {t.unread.unreachable}
          </Notice>
          <Button onPress={reload}>{t.action.tryAgain}</Button>
        </main>
      );
    case 'out':
      return <SignInPage provider={state.provider} ended={state.ended} />;
    case 'in':
      return (
        <AccountsProvider key={state.session.operator.id}>
          <a className="skip" href="#content">
            {t.app.skip}
          </a>
          <div className="top">
            <TopBar />
            <StaleBand />
          </div>
          {state.session.read_only && <p className="read-only">{t.app.readOnly}</p>}
          <main id="content" className="content" tabIndex={-1}>
            <Pages />
          </main>
        </AccountsProvider>
      );
  }
}

function Pages() {
  const [path] = useLocation();
  const search = useSearch();
  useEffect(() => {
    return returnToPlace();
  }, [path]);
  return (
    <Switch>
      <Route path="/overview">
        <OverviewPage />
      </Route>
      <Route path="/gateways">
        <GatewaysPage key="all" account={null} />
      </Route>
      <Route path="/accounts/:account/gateways">
        {({ account }) => <GatewaysPage key={account} account={account} />}
      </Route>
      <Route path="/accounts/:account/history">
        {({ account }) => <AccountHistoryPage key={account} account={account} />}
      </Route>
      <Route path="/gateways/:gateway">
        {({ gateway }) => <GatewayPage key={gateway} id={gateway} />}
      </Route>
      <Route path="/accounts">
        <AccountsPage />
      </Route>
      <Route path="/ledger">
        <LedgerPage />
      </Route>
      <Route path="/tokens">
        <TokensPage />
      </Route>
      <Route path="/webhooks">
        <WebhooksPage />
      </Route>
      <Route path="/welcome">
        <FirstRunPage />
      </Route>
      <Route path="/">
        <Home />
      </Route>
      <Route path="/sign-in">
        <Redirect to={wantedFrom('/sign-in', search)} replace />
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function Home() {
  const t = useText();
  const { accounts, current, refusal } = useAccounts();
  if (refusal) return <PageHead title={t.app.title} />;
  if (!accounts) return <p className="splash">{t.app.loading}</p>;
  if (accounts.length === 0) return <Redirect to="/welcome" replace />;
  if (accounts.length > 1) return <Redirect to="/overview" replace />;
  return <Redirect to={`/accounts/${current ?? accounts[0].account}/gateways`} replace />;
}
