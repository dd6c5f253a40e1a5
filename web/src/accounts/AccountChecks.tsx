// Some of the accounts, for what is made for these alone.
import { useText } from '../i18n/context';
import { Checks } from '../ui/controls';
import { useAccounts } from './accounts';

interface Props {
  chosen: string[];
  onChange(accounts: string[]): void;
}

export function AccountChecks({ chosen, onChange }: Props) {
  const t = useText();
  const { accounts } = useAccounts();
  return (
    <Checks
      label={t.tokens.someAccounts}
      options={accounts?.map(({ account }) => account) ?? []}
      chosen={chosen}
      onChange={onChange}
      error={t.validation.chooseAccount}
    />
  );
}
