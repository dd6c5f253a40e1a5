// One gateway: what it is now, what may be done with it, and all that happened to it.
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { useAnswer, useNowAndThen } from '../api/useAnswer';
import { noteShown } from '../find/shown';
import { HistoryFilters, useFilter } from '../history/AccountHistoryPage';
import { Timeline } from '../history/Timeline';
import { useHistory } from '../history/useHistory';
import { learnName, useNames } from '../history/names';
import { useSeek } from '../history/seek';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { MessagesSection } from '../messages/MessagesSection';
import { NotFound, PageHead, isNothing } from '../shell/page';
import { useMay } from '../session/session';
import { Button, Notice } from '../ui/controls';
import { useQuery } from '../ui/query';
import { Time } from '../ui/time';
import { UnreadNotice } from '../ui/window';
import { ActWindow, useOpenAct, type OpenAct } from './acts';
import { Dot } from './Dot';
import { CertificateLife } from './CertificateLife';
import { LabelsAndNote } from './Labels';
import { GatewayMenu, State } from './Tile';
import { isRegistered } from './view';

const freshenMs = 20_000;

export function GatewayPage({ id }: { id: string }) {
  const t = useText();
  const nameOf = useNames();
  const [query] = useQuery();
  const { gateway, refusal, read, put } = useGateway(id);
  // When it was last seen changes without an event.
  useNowAndThen(read, freshenMs, gateway?.registration === 'registered');
  useEffect(() => {
    noteShown(gateway);
    return () => noteShown(null);
  }, [gateway]);
  const filter = useFilter({ gateway: id });
  const [round, setRound] = useState(0);
  const look = useCallback(() => {
    read();
    setRound((n) => n + 1);
  }, [read]);
  const seek = useSeek(filter.text ?? '', undefined);
  const { history, older, again } = useHistory(filter, seek, look);
  const { open, known } = useOpenAct();
  const removed = refusal?.status === 410;
  if (isNothing(refusal)) return <NotFound />;
  return (
    <>
      <PageHead
        title={gateway?.name ?? nameOf(id) ?? id}
        of={gateway?.account}
        lead={gateway && <Place gateway={gateway} />}
        mark={gateway && <Dot gateway={gateway} />}
        liveness={history}
      >
        {gateway && <Acts gateway={gateway} open={open} />}
      </PageHead>
      {removed ? (
        <Notice tone="info">{t.gateways.removed}</Notice>
      ) : (
        <UnreadNotice refusal={refusal} again={read} />
      )}
      {gateway && (
        <section className="card stack-tight" aria-label={t.gateways.details}>
          <LabelsAndNote gateway={gateway} />
          <State gateway={gateway} open={open} />
          {gateway.restored && <Restored gateway={gateway} open={open} />}
          <Details gateway={gateway} />
          {gateway.certificate && <CertificateLife certificate={gateway.certificate} />}
        </section>
      )}
      {gateway && <MessagesSection gateway={gateway} round={round} />}
      {(gateway || removed) && (
        <>
          <h2 className="section-title">{t.history.title}</h2>
          <HistoryFilters base={filter} seek={seek} />
          <Timeline
            history={history}
            older={older}
            again={again}
            marked={Number(query.get('event') ?? NaN)}
            within={id}
          />
        </>
      )}
      <ActWindow
        account={gateway?.account ?? ''}
        find={(wanted) => (wanted === id ? (gateway ?? undefined) : undefined)}
        secondaries={() => 0}
        put={(changed) => (changed.id === id ? put(changed) : read())}
        open={open}
        known={known}
      />
    </>
  );
}

function useGateway(id: string) {
  const look = useCallback(async () => {
    const gateway = await ask(
      api.GET('/v1/gateways/{gateway}', { params: { path: { gateway: id } } }),
    );
    learnName(gateway.id, gateway.name, gateway.sequence);
    return gateway;
  }, [id]);
  const { answer, refusal, reload, put } = useAnswer(look);
  return { gateway: refusal?.status === 410 ? null : answer, refusal, read: reload, put };
}

function Place({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const nameOf = useNames();
  return (
    <>
      <Link href={`/accounts/${gateway.account}/gateways`}>{gateway.account}</Link>
      {' · '}
      {gateway.primary ? (
        <>
          {t.gateways.secondary}
          {' → '}
          <Link href={`/gateways/${gateway.primary}`}>
            {nameOf(gateway.primary) ?? gateway.primary}
          </Link>
        </>
      ) : (
        t.gateways.primary
      )}
    </>
  );
}

// It was registered before the ledger was restored: what happened to it after the backup is lost.
function Restored({ gateway, open }: { gateway: Gateway; open: OpenAct }) {
  const t = useText();
  const manage = useMay('manage');
  return (
    <Notice tone="warning">
      <p>{t.restored.one}</p>
      {manage && (
        <Button onPress={() => open({ kind: 'accept', gateway: gateway.id })}>
          {t.restored.accept}
        </Button>
      )}
    </Notice>
  );
}

// What ends something that works is in sight, beside the menu of the rest.
function Acts({ gateway, open }: { gateway: Gateway; open: OpenAct }) {
  const t = useText();
  const manage = useMay('manage');
  const { id } = gateway;
  const shown = manage && (isRegistered(gateway) || gateway.pending !== null);
  return (
    <>
      {manage && isRegistered(gateway) && (
        <Button onPress={() => open({ kind: 'generate', gateway: id })}>{t.replace.action}</Button>
      )}
      {shown && (
        <Button look="danger" onPress={() => open({ kind: 'deregister', gateway: id })}>
          {t.deregister.action}
        </Button>
      )}
      <GatewayMenu gateway={gateway} open={open} inMenu without={shown ? inSight : []} />
    </>
  );
}

const inSight = ['generate', 'deregister'];

function Details({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const words = t.gateways;
  const { registration_key: key, host, certificate, last_seen_at: seen } = gateway;
  const registered = isRegistered(gateway);
  const facts: [string, ReactNode][] = [
    [words.id, <span className="mono">{gateway.id}</span>],
    [words.created, <Time at={gateway.created_at} />],
    [
      words.key,
      key && fill(words.keyGeneration, { n: key.generation, state: t.keyWords[key.state] }),
    ],
    [words.host, host && [host.hostname, host.os, host.version].filter(Boolean).join(', ')],
    [words.version, registered && (gateway.version ?? words.unknown)],
    [words.address, registered && (gateway.last_seen_from ?? words.unknown)],
    [words.lastSeen, registered && (seen ? <Time at={seen} as="relative" /> : words.never)],
    [
      words.certificate,
      certificate && (
        <span className="mono" title={`sha256:${certificate.sha256}`}>
          {certificate.sha256.slice(0, 16)}…
        </span>
      ),
    ],
  ];
  return (
    <dl className="facts-two">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
