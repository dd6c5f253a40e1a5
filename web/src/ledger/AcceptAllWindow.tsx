// Accepts every registration from before the restore: of one account, or of the ledger.
import { api, ask, type Once } from '../api/client';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { Notice } from '../ui/controls';
import { AskWindow } from '../ui/window';

interface Props {
  account?: string;
  onDone(): void;
  onClose(): void;
}

export function AcceptAllWindow({ account, onDone, onClose }: Props) {
  const t = useText();
  const accept = (once: Once) => {
    const body = account ? { account } : { all: true as const };
    return ask(
      api.POST('/v1/registrations/accept', { params: { header: once.header(body) }, body }),
    );
  };
  return (
    <AskWindow
      title={account ? fill(t.restored.acceptAccountTitle, { account }) : t.restored.acceptAllTitle}
      submit={t.restored.accept}
      send={accept}
      onDone={onDone}
      onClose={onClose}
      deliberate
    >
      <Notice tone="warning">{t.restored.acceptAllLead}</Notice>
    </AskWindow>
  );
}
