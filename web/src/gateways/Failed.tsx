// Why the last installation failed, with what the installer reported of it.
import type { Failure, Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { Notice } from '../ui/controls';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { failureReason } from './words';
import { hasKey, isRegistered } from './view';

export function Failed({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const failure = gateway.last_failure!;
  // Given up on purpose, with the new key at hand: nothing went wrong.
  if (failure.reason === 'superseded' && hasKey(gateway)) return null;
  const message = isRegistered(gateway) ? t.gateways.failedReplace : t.gateways.failed;
  return (
    <Notice tone="danger">
      <strong>
        <Sentence message={message} values={{ time: <Time at={failure.at} as="relative" /> }} />
      </strong>
      <div>{failureReason(t, failure)}</div>
      <Reported failure={failure} />
    </Notice>
  );
}

// What stands between the lines of a command's output, which is sent as one (latchkey register --send-output).
const betweenLines = ' | ';

// Up to twenty lines, folded until somebody wants to read them.
export function Reported({ failure }: { failure: Failure }) {
  const t = useText();
  if (!failure.detail) return null;
  return (
    <details className="reported">
      <summary>{t.path.output}</summary>
      <pre className="code-block" tabIndex={0} aria-label={t.path.output}>
        {failure.detail.replaceAll(betweenLines, '\n')}
      </pre>
    </details>
  );
}
