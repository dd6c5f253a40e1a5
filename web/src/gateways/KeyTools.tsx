// Other ways to hand a key over: as a file, as a QR code, on paper, and a note for whoever installs.
import { useState } from 'react';
import { usePreferences, useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { absolute } from '../i18n/time';
import { qrCode } from '../qr/code';
import { useSession } from '../session/session';
import { Button, CopyButton } from '../ui/controls';
import { saveFile } from '../ui/save';
import type { PathProps } from './KeyPath';
import { recipeText } from './recipes';

type Open = 'qr' | 'note' | null;

export function KeyTools(props: PathProps) {
  const t = useText();
  const { gateway, shown, onCopied } = props;
  const [open, setOpen] = useState<Open>(null);
  const toggle = (which: Open) => () => setOpen(open === which ? null : which);
  const save = () => {
    saveFile(`${gateway.account}-${gateway.id}.key`, `${shown.text}\n`, 'text/plain');
    onCopied?.();
  };
  return (
    <>
      <div className="key-tools">
        <Button look="quiet" onPress={save}>
          {t.path.file}
        </Button>
        <Button look="quiet" onPress={toggle('qr')} aria-expanded={open === 'qr'}>
          {t.path.qr}
        </Button>
        <Button look="quiet" onPress={toggle('note')} aria-expanded={open === 'note'}>
          {t.path.note}
        </Button>
        <Button look="quiet" onPress={() => window.print()}>
          {t.path.print}
        </Button>
      </div>
      {open === 'qr' && <Qr {...props} />}
      {open === 'note' && <Note {...props} />}
    </>
  );
}

// Readers need this much white around it.
const quiet = 4;

function Qr({ gateway, shown }: PathProps) {
  const t = useText();
  const code = qrCode(shown.text);
  const size = code.length + 2 * quiet;
  const dark = code.flatMap((row, y) =>
    row.flatMap((each, x) => (each ? [`M${x + quiet} ${y + quiet}h1v1h-1z`] : [])),
  );
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={fill(t.path.qrOf, { n: shown.generation, name: gateway.name })}
      shapeRendering="crispEdges"
    >
      <path d={dark.join('')} />
    </svg>
  );
}

function Note({ gateway, shown }: PathProps) {
  const { t, locale } = usePreferences();
  const session = useSession();
  const { operator, gateways_url, ca_sha256 } = session;
  const url = gateways_url ?? '';
  const values = {
    name: gateway.name,
    account: gateway.account,
    n: shown.generation,
    until: absolute(shown.expiresAt, locale),
    who: operator.name ?? operator.id,
    url,
    link: `${window.location.origin}/gateways/${gateway.id}`,
  };
  const [what, key, server, run, more] = t.path.noteLines.map((line) => fill(line, values));
  const command = recipeText('linux', { url, ca: ca_sha256 }, '');
  const note = [what, key, server, '', run, command, '', more].join('\n');
  const query = `subject=${encodeURIComponent(fill(t.path.noteSubject, values))}`;
  return (
    <div className="note">
      <pre className="code-block note-text" tabIndex={0} aria-label={t.path.note}>
        {note}
      </pre>
      <div className="row">
        <CopyButton text={note} label={t.path.copyNote} />
        <a
          className="button button-plain"
          href={`mailto:?${query}&body=${encodeURIComponent(note)}`}
        >
          {t.path.mail}
        </a>
        <span className="hint">{t.path.noteNoKey}</span>
      </div>
    </div>
  );
}
