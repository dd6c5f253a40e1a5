// What every page begins with.
import { useEffect, useRef, type ReactNode } from 'react';
import { useText } from '../i18n/context';

interface Props {
  title: string;
  lead?: ReactNode;
  mark?: ReactNode;
  children?: ReactNode;
}

export function PageHead({ title, lead, mark, children }: Props) {
  const t = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${t.app.title}`;
  }, [title, t]);
  // A reader is told that the page has changed by the focus being on its heading.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header className="page-head">
      <div>
        <div className="page-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {mark}
        </div>
        {lead && <p className="lead">{lead}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </header>
  );
}

export function LiveMark({ live }: { live: boolean }) {
  const t = useText();
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
