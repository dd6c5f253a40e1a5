// Language and appearance.
import {
  Button as AriaButton,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
} from 'react-aria-components';
import { languages, usePreferences, type Theme } from '../i18n/context';
import { Icon } from '../ui/icons';

const themes: Theme[] = ['system', 'light', 'dark'];

export function PreferencesMenu() {
  const { t, language, theme, setLanguage, setTheme } = usePreferences();
  return (
    <MenuTrigger>
      <AriaButton className="icon-button" aria-label={t.app.settings}>
        <Icon name="sliders" />
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Menu className="list-box">
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[language]}
            onSelectionChange={(keys) => setLanguage(String([...keys][0]))}
          >
            <Header className="menu-header">{t.app.languageLabel}</Header>
            {Object.entries(languages).map(([key, messages]) => (
              <MenuItem key={key} id={key} className="list-item list-check" lang={key}>
                {messages.language}
              </MenuItem>
            ))}
          </MenuSection>
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[theme]}
            onSelectionChange={(keys) => setTheme([...keys][0] as Theme)}
          >
            <Header className="menu-header">{t.app.theme}</Header>
            {themes.map((each) => (
              <MenuItem key={each} id={each} className="list-item list-check">
                {t.app.themes[each]}
              </MenuItem>
            ))}
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
