import { createRoot } from 'react-dom/client';
import { PreferencesProvider } from './i18n/context';
import { SessionProvider } from './session/session';
import { App } from './shell/App';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/gateways.css';
import './styles/lists.css';
import './styles/table.css';
import './styles/pages.css';
import './styles/sheet.css';
import './styles/print.css';

createRoot(document.getElementById('root')!).render(
  <PreferencesProvider>
    <SessionProvider>
      <App />
    </SessionProvider>
  </PreferencesProvider>,
);
