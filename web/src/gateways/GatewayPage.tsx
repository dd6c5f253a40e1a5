// One gateway: what it is now, what may be done with it, and all that happened to it.
import { useCallback, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { Refusal, api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { HistoryFilters, useFilter } from '../history/AccountHistoryPage';
import { Timeline } from '../history/Timeline';
import { useHistory } from '../history/useHistory';
import { learnName, useNames } from '../history/names';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { MessagesSection } from '../messages/MessagesSection';
import { LiveMark, PageHead } from '../shell/page';
import { useMay } from '../session/session';
import { Button, Notice } from '../ui/controls';
import { useQuery } from '../ui/query';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { RefusalNotice } from '../ui/window';
import { ActWindow, type Act, type OpenAct } from './acts';
import { Dot } from './Dot';
import { Facts, GatewayMenu, State } from './Tile';

export function GatewayPage({ id }: { id: string }) {
  const t = useText();
  const nameOf = useNames();
  const [query] = useQuery();
  const { gateway, refusal, read, put } = useGateway(id);
  const filter = useFilter({ gateway: id });
  const [round, setRound] = useState(0);
  const look = useCallback(() => {
    read();
    setRound((n) => n + 1);
  }, [read]);
  const { history, older } = useHistory(filter, look);
  const [act, setAct] = useState<Act | null>(null);
  const removed = refusal?.status === 410;
  return (
    <>
      <PageHead
        title={gateway?.name ?? nameOf(id) ?? id}
        lead={gateway && <Place gateway={gateway} />}
        mark={<LiveMark live={history.live} />}
      >
        {gateway && <GatewayMenu gateway={gateway} open={setAct} inMenu />}
      </PageHead>
      {removed ? (
        <Notice tone="info">{t.gateways.removed}</Notice>
      ) : (
        <RefusalNotice refusal={refusal} />
      )}
      {gateway && (
        <section className="card stack-tight" aria-label={t.gateways.details}>
          <Dot gateway={gateway} />
          <Facts gateway={gateway} />
          <State gateway={gateway} open={setAct} />
          {gateway.restored && <Restored gateway={gateway} open={setAct} />}
          <Details gateway={gateway} />
        </section>
      )}
      {gateway && <MessagesSection gateway={gateway} round={round} />}
      {(gateway || removed) && (
        <>
          <h2 className="section-title">{t.history.title}</h2>
          <HistoryFilters />
          <Timeline history={history} older={older} marked={Number(query.get('event') ?? NaN)} />
        </>
      )}
      <ActWindow
        act={act}
        account={gateway?.account ?? ''}
        find={(wanted) => (wanted === id ? (gateway ?? undefined) : undefined)}
        secondaries={() => 0}
        put={(changed) => (changed.id === id ? put(changed) : read())}
        open={setAct}
        close={() => setAct(null)}
      />
    </>
  );
}

function useGateway(id: string) {
  const [gateway, setGateway] = useState<Gateway | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const read = useCallback(() => {
    ask(api.GET('/v1/gateways/{gateway}', { params: { path: { gateway: id } } })).then(
      (answer) => {
        setGateway(answer);
        learnName(answer.id, answer.name, answer.sequence);
        setRefusal(null);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        setRefusal(error);
        if (error.status === 410) setGateway(null);
      },
    );
  }, [id]);
  useEffect(read, [read]);
  return { gateway, refusal, read, put: setGateway };
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

function Details({ gateway }: { gateway: Gateway }) {
  const t = useText();
  const key = gateway.registration_key;
  const host = gateway.host;
  const hostWords = [host?.hostname, host?.os, host?.version].filter(Boolean).join(', ');
  return (
    <dl className="facts facts-wide">
      <div>
        <dt>{t.gateways.id}</dt>
        <dd className="mono">{gateway.id}</dd>
      </div>
      {hostWords && (
        <div>
          <dt>{t.gateways.host}</dt>
          <dd>{hostWords}</dd>
        </div>
      )}
      {key && (
        <div>
          <dt>{t.gateways.key}</dt>
          <dd>
            {fill(t.gateways.keyGeneration, {
              n: key.generation,
              state: t.keyWords[key.state],
            })}
          </dd>
        </div>
      )}
      {gateway.certificate && (
        <div>
          <dt>{t.gateways.certificate}</dt>
          <dd>
            <span className="mono" title={`sha256:${gateway.certificate.sha256}`}>
              {gateway.certificate.sha256.slice(0, 16)}…
            </span>{' '}
            <Sentence
              message={t.gateways.certificateUntil}
              values={{ time: <Time at={gateway.certificate.not_after} /> }}
            />
          </dd>
        </div>
      )}
      <div>
        <dt>{t.gateways.created}</dt>
        <dd>
          <Time at={gateway.created_at} />
        </dd>
      </div>
    </dl>
  );
}
