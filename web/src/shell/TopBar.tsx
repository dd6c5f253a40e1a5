// The bar above every page: where one is, which account, who one is.
import { Button as AriaButton, Header, Menu, MenuItem, MenuSection } from 'react-aria-components';
import { MenuTrigger, Popover } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { useAccounts } from '../accounts/accounts';
import { FindButton } from '../find/FindButton';
import { forgetNames } from '../history/names';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useMay, useSession, useSessionState } from '../session/session';
import { Icon, Mark } from '../ui/icons';
import { PreferencesMenu } from './PreferencesMenu';

export function TopBar() {
  const t = useText();
  const { accounts, current } = useAccounts();
  const several = (accounts?.length ?? 0) > 1;
  const ofAll = useOfAll();
  const webhooks = useMay('webhooks');
  return (
    <header className="top-bar">
      <Link className="brand" href="/" aria-label={t.app.title}>
        <Mark />
        <span className="brand-name">{t.app.title}</span>
      </Link>
      <AccountMenu />
      <nav className="nav" aria-label={t.app.navigation}>
        {several && <NavLink href="/overview" text={t.overview.title} />}
        {current && (
          <>
            <NavLink
              href={ofAll ? '/gateways' : `/accounts/${current}/gateways`}
              text={t.app.gateways}
            />
            <NavLink href={`/accounts/${current}/history`} text={t.app.history} />
          </>
        )}
        <NavLink href="/accounts" text={t.app.accounts} />
        <NavLink href="/tokens" text={t.app.tokens} />
        {webhooks && <NavLink href="/webhooks" text={t.webhooks.title} />}
        <NavLink href="/ledger" text={t.app.ledger} />
      </nav>
      <div className="top-end">
        <FindButton />
        <PreferencesMenu />
        <OperatorMenu />
      </div>
    </header>
  );
}

// What is shown is of all accounts, not of one.
function useOfAll() {
  const [path] = useLocation();
  return path === '/overview' || path === '/gateways';
}

function NavLink({ href, text }: { href: string; text: string }) {
  const [path] = useLocation();
  return (
    <Link className="nav-link" href={href} aria-current={path === href ? 'page' : undefined}>
      {text}
    </Link>
  );
}

function AccountMenu() {
  const t = useText();
  const { accounts, current, look } = useAccounts();
  const [path, navigate] = useLocation();
  const ofAll = useOfAll();
  if (!accounts || !current) return null;
  const shown = ofAll ? t.overview.allAccounts : current;
  const go = (account: string) => {
    if (account === '') {
      navigate('/gateways');
      return;
    }
    look(account);
    navigate(`/accounts/${account}/${path.endsWith('/history') ? 'history' : 'gateways'}`);
  };
  return (
    <MenuTrigger>
      <AriaButton className="account-button" aria-label={`${t.app.account}: ${shown}`}>
        {shown}
        <Icon name="chevron" />
      </AriaButton>
      <Popover className="popover">
        <Menu
          className="list-box"
          aria-label={t.app.chooseAccount}
          selectionMode="single"
          selectedKeys={[ofAll ? '' : current]}
          onAction={(key) => go(String(key))}
        >
          {accounts.length > 1 && (
            <MenuItem id="" className="list-item list-check">
              {t.overview.allAccounts}
            </MenuItem>
          )}
          {accounts.map(({ account }) => (
            <MenuItem key={account} id={account} className="list-item list-check">
              {account}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function OperatorMenu() {
  const t = useText();
  const { operator } = useSession();
  const { signOut } = useSessionState();
  const name = operator.name ?? operator.id;
  const leave = (key: string | number) => {
    forgetNames();
    void signOut(key === 'everywhere');
  };
  return (
    <MenuTrigger>
      <AriaButton
        className="icon-button operator-button"
        aria-label={fill(t.app.signedInAs, { name: `${name}, ${t.role[operator.role]}` })}
      >
        <Icon name="user" />
        <span className="operator-name">{name}</span>
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Menu className="list-box" onAction={leave}>
          <MenuSection>
            <Header className="menu-header">
              <strong>{name}</strong>
              <br />
              {t.role[operator.role]}
            </Header>
            <MenuItem id="here" className="list-item">
              {t.app.signOut}
            </MenuItem>
            <MenuItem id="everywhere" className="list-item">
              {t.app.signOutEverywhere}
            </MenuItem>
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
