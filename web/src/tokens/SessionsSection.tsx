// Who is signed in, since when and where; a session can be ended, or all of somebody.
import { api, ask, eachPage } from '../api/client';
import type { ListedSession } from '../api/types';
import { useAnswer, useNowAndThen } from '../api/useAnswer';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { useSessionState } from '../session/session';
import { Button, Notice } from '../ui/controls';
import { closeWindow, openWindow, useOpened } from '../ui/opened';
import { Sheet, type Column } from '../ui/sheet';
import { Time } from '../ui/time';
import { AskWindow, UnreadNotice } from '../ui/window';
import { browserOf } from './browser';

const kinds = ['end', 'endAll'] as const;
const freshenMs = 20_000;

// `unread` is said already: so will be that this cannot be read.
export function SessionsSection({ unread }: { unread: boolean }) {
  const t = useText();
  const { answer: sessions, refusal, reload } = useAnswer(readSessions);
  useNowAndThen(reload, freshenMs);
  const act = useOpened(kinds);
  const about = sessions?.find((session) => session.id === act?.id);
  const nameOf = ({ operator }: ListedSession) => operator.name ?? t.tokens.erased;
  const columns: Column<ListedSession>[] = [
    {
      head: t.sessions.who,
      cell: (session) => (
        <span className="row">
          <strong>{nameOf(session)}</strong>
          {session.operator.role && <span className="pill">{t.role[session.operator.role]}</span>}
          {session.current && <span className="pill pill-accent">{t.sessions.here}</span>}
        </span>
      ),
    },
    { head: t.sessions.since, cell: (session) => <Time at={session.signed_in_at} /> },
    {
      head: t.sessions.lastUsed,
      cell: (session) => <Time at={session.last_used_at} as="relative" />,
    },
    { head: t.sessions.from, cell: (session) => session.from ?? t.sessions.unknown },
    {
      head: t.sessions.agent,
      cell: (session) => (
        <span className="sheet-agent" title={session.agent ?? undefined}>
          {session.agent ? browserOf(session.agent) : t.sessions.unknown}
        </span>
      ),
    },
    {
      head: t.tokens.acts,
      acts: true,
      cell: (session) => (
        <span className="row">
          <Button
            onPress={() => openWindow(`end.${session.id}`)}
            aria-label={`${t.sessions.end}: ${nameOf(session)}, ${browserOf(session.agent ?? '')}`}
          >
            {t.sessions.end}
          </Button>
          {sessions!.some((other) => other !== session && isOfSame(other, session)) && (
            <Button
              look="danger"
              onPress={() => openWindow(`endAll.${session.id}`)}
              aria-label={`${t.sessions.endAll}: ${nameOf(session)}`}
            >
              {t.sessions.endAll}
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <section className="stack" aria-label={t.sessions.title}>
      <h2 className="section-title">{t.sessions.title}</h2>
      <p className="lead">{t.sessions.lead}</p>
      {!unread && <UnreadNotice refusal={refusal} again={reload} />}
      {sessions?.length === 0 && <p className="hint">{t.sessions.none}</p>}
      {sessions && sessions.length > 0 && (
        <Sheet
          label={t.sessions.title}
          columns={columns}
          rows={sessions}
          keyOf={(session) => session.id}
        />
      )}
      {act && about && (
        <EndWindow
          session={about}
          all={act.kind === 'endAll'}
          name={nameOf(about)}
          onDone={reload}
        />
      )}
    </section>
  );
}

interface EndProps {
  session: ListedSession;
  all: boolean;
  name: string;
  onDone(): void;
}

function EndWindow({ session, all, name, onDone }: EndProps) {
  const t = useText();
  const { reload } = useSessionState();
  const own = useOwn(session, all);
  // Ending what has ended does nothing, so that no key is needed to ask again.
  const end = () =>
    all
      ? ask(
          api.DELETE('/v1/sessions', {
            params: { query: { operator: session.operator.id } },
          }),
        )
      : ask(
          api.DELETE('/v1/sessions/{session}', {
            params: { path: { session: session.id } },
          }),
        );
  return (
    <AskWindow
      title={fill(all ? t.sessions.endAllTitle : t.sessions.endTitle, { name })}
      submit={all ? t.sessions.endAll : t.sessions.end}
      send={end}
      onDone={own ? reload : onDone}
      onClose={closeWindow}
      deliberate
      danger
    >
      <Notice tone="warning">
        <p>{t.sessions.endLead}</p>
        {own && <p>{t.sessions.endSelf}</p>}
      </Notice>
    </AskWindow>
  );
}

// Whether this browser is signed out with it.
function useOwn(session: ListedSession, all: boolean) {
  const { state } = useSessionState();
  const mine = state.kind === 'in' && state.session.operator.id === session.operator.id;
  return session.current || (all && mine);
}

const isOfSame = (a: ListedSession, b: ListedSession) => a.operator.id === b.operator.id;

async function readSessions() {
  const all: ListedSession[] = [];
  await eachPage(
    async (after) => {
      const query = { after, limit: 1000 };
      const page = await ask(api.GET('/v1/sessions', { params: { query } }));
      return { rows: page.sessions, next: page.next };
    },
    (rows) => all.push(...rows),
  );
  return all;
}
