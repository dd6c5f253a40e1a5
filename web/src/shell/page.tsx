// What every page begins with.
import { useEffect, useRef, type ReactNode } from 'react';
import type { Refusal } from '../api/client';
import { useText } from '../i18n/context';
import { useStale } from './stale';

interface Liveness {
  // Null where nothing more can happen.
  live: boolean | null;
  staleSince: number | null;
}

interface Props {
  title: string;
  // Whose page it is, for the title of the tab.
  of?: string;
  lead?: ReactNode;
  // Beside the title: what its subject is like now.
  mark?: ReactNode;
  // Of a page that shows what happens as it happens.
  liveness?: Liveness;
  children?: ReactNode;
}

export function PageHead({ title, of, lead, mark, liveness, children }: Props) {
  const t = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = [title, of, t.app.title].filter(Boolean).join(' · ');
  }, [title, of, t]);
  // A reader is told that the page has changed by the focus being on its heading.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="page-head">
      <div>
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {mark}
          {liveness && <LiveMark {...liveness} />}
        </div>
        {lead && <p className="lead">{lead}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </header>
  );
}

function LiveMark({ live, staleSince }: Liveness) {
  const t = useText();
  useStale(staleSince);
  if (live === null) return null;
  return (
    <span
      role="status"
      className={live ? 'live live-on' : 'live live-off'}
      title={live ? t.app.liveHint : t.app.notLiveHint}
    >
      {live ? t.app.live : t.app.notLive}
    </span>
  );
}

// What was asked for is not there, or its name in the address is none.
export const isNothing = (refusal: Refusal | null) =>
  refusal !== null && [400, 404, 422].includes(refusal.status);

// Where there is nothing, or nothing that this operator may see.
export function NotFound() {
  const t = useText();
  return (
    <>
      <PageHead title={t.app.notFoundTitle} lead={t.app.notFound} />
      <a className="button button-plain" href="/">
        {t.app.toGateways}
      </a>
    </>
  );
}
