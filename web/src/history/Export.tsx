// The window that exports the history as it is filtered: how far it is, and a stop.
import { useState } from 'react';
import { ProgressBar } from 'react-aria-components';
import { usePreferences } from '../i18n/context';
import { fill } from '../i18n/text';
import { Button, Choice, Notice } from '../ui/controls';
import { saveFile } from '../ui/save';
import { RefusalNotice, useRequest } from '../ui/window';
import { csvOf, gather, jsonOf, mostExported, type Progress } from './export';
import type { Seek } from './seek';
import type { HistoryFilter } from './useHistory';

const formats = {
  csv: { type: 'text/csv', write: csvOf, words: 'CSV' },
  json: { type: 'application/json', write: jsonOf, words: 'JSON' },
};
type Format = keyof typeof formats;

export function Part({ filter, seek }: { filter: HistoryFilter; seek?: Seek }) {
  const { t, locale } = usePreferences();
  const [format, setFormat] = useState<Format>('csv');
  const [progress, setProgress] = useState<Progress | null>(null);
  const [done, setDone] = useState<{ count: number; whole: boolean } | null>(null);
  const [stop, setStop] = useState<AbortController | null>(null);
  const { busy, refusal, run } = useRequest();
  const number = (n: number) => n.toLocaleString(locale);

  const save = () =>
    run(async () => {
      const controller = new AbortController();
      setStop(controller);
      setDone(null);
      const { facts, whole } = await gather(filter, seek, controller.signal, setProgress);
      const { type, write } = formats[format];
      const name = [filter.account ?? filter.gateway, 'history'].filter(Boolean).join('-');
      saveFile(`${name}.${format}`, write(facts), type);
      setDone({ count: facts.length, whole });
    });

  return (
    <>
      <p className="lead">{fill(t.find.exportLead, { most: number(mostExported) })}</p>
      <Choice
        label={t.find.format}
        value={format}
        options={(Object.keys(formats) as Format[]).map((each) => [each, formats[each].words])}
        onChange={setFormat}
      />
      <RefusalNotice refusal={refusal} />
      {busy && progress && (
        <ProgressBar className="exporting" aria-label={t.find.exportTitle} isIndeterminate>
          <span className="hint">
            {fill(t.find.progress, { read: number(progress.read), taken: number(progress.taken) })}
          </span>
        </ProgressBar>
      )}
      <div role="status">
        {done && (
          <Notice tone={done.whole ? 'success' : 'warning'}>
            {fill(done.whole ? t.find.exported : t.find.exportedPart, {
              n: t.ledger.events(done.count),
            })}
          </Notice>
        )}
      </div>
      <div className="row">
        {busy ? (
          <Button onPress={() => stop?.abort()}>{t.find.stop}</Button>
        ) : (
          <Button look="primary" onPress={save}>
            {t.find.save}
          </Button>
        )}
      </div>
    </>
  );
}
