import { useText } from '../i18n/context';
import { onMac } from './FindButton';

export function Part() {
  const t = useText();
  const words = t.find.keysOf;
  const rows: [string[], string][] = [
    [[onMac ? t.find.shortcutMac : t.find.shortcut, '/'], words.palette],
    [['?'], words.keys],
    [['↑', '↓'], words.move],
    [['Enter'], words.choose],
    [['Esc'], words.leave],
    [['Tab'], words.next],
  ];
  return (
    <dl className="keys-list">
      {rows.map(([keys, what]) => (
        <div key={what}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
