// What to run on the machine, for each way of installing; the copy is in the block that it copies.
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useText } from '../i18n/context';
import { useSession } from '../session/session';
import { CopyButton } from '../ui/controls';
import type { KnownKey } from './knownKey';
import { holdsKey, recipeText, recipes, type Recipe } from './recipes';

const remembered = 'recipe';

interface Props {
  shown: KnownKey;
  // Of a command that holds the key.
  onCopied?(): void;
}

export function Recipes({ shown, onCopied }: Props) {
  const t = useText();
  const session = useSession();
  const place = { url: session.gateways_url ?? '', ca: session.ca_sha256 };
  const last = recipes.find((each) => each === localStorage.getItem(remembered));
  return (
    <Tabs
      className="recipes"
      defaultSelectedKey={last ?? recipes[0]}
      onSelectionChange={(key) => localStorage.setItem(remembered, String(key))}
    >
      <TabList className="tabs" aria-label={t.path.ways}>
        {recipes.map((each) => (
          <Tab key={each} id={each} className="tab">
            {t.path.recipe[each]}
          </Tab>
        ))}
      </TabList>
      {recipes.map((each) => (
        <TabPanel key={each} id={each} className="recipe">
          <Command
            recipe={each}
            text={recipeText(each, place, shown.text)}
            onCopied={holdsKey(each) ? onCopied : undefined}
          />
        </TabPanel>
      ))}
    </Tabs>
  );
}

function Command(props: { recipe: Recipe; text: string; onCopied?(): void }) {
  const t = useText();
  const { recipe, text, onCopied } = props;
  return (
    <>
      <div className="command-box">
        <pre className="command" tabIndex={0} aria-label={t.path.recipe[recipe]}>
          {text}
        </pre>
        <CopyButton text={text} label={t.key.copyCommand} look="icon" onCopied={onCopied} />
      </div>
      <p className="hint">{t.path.recipeHint[recipe]}</p>
    </>
  );
}
