// One gateway: what it is now, what may be done with it, and all that happened to it.
import { useCallback, useState } from 'react';
import { Link } from 'wouter';
import { api, ask } from '../api/client';
import type { Gateway } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { HistoryFilters, useFilter } from '../history/AccountHistoryPage';
import { Timeline } from '../history/Timeline';
import { useHistory } from '../history/useHistory';
import { learnName, useNames } from '../history/names';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { MessagesSection } from '../messages/MessagesSection';
import { NotFound, PageHead, isNothing } from '../shell/page';
import { useMay } from '../session/session';
import { Button, Notice } from '../ui/controls';
import { useQuery } from '../ui/query';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { UnreadNotice } from '../ui/window';
import { ActWindow, useOpenAct, type OpenAct } from './acts';
import { Dot } from './Dot';
import { LabelsAndNote } from './Labels';
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
  const { history, older, again } = useHistory(filter, look);
  const { open, known } = useOpenAct();
  const removed = refusal?.status === 410;
  if (isNothing(refusal)) return <NotFound />;
  return (
    <>
      <PageHead
        title={gateway?.name ?? nameOf(id) ?? id}
        of={gateway?.account}
        lead={gateway && <Place gateway={gateway} />}
        liveness={history}
      >
        {gateway && <GatewayMenu gateway={gateway} open={open} inMenu />}
      </PageHead>
      {removed ? (
        <Notice tone="info">{t.gateways.removed}</Notice>
      ) : (
        <UnreadNotice refusal={refusal} again={read} />
      )}
      {gateway && (
        <section className="card stack-tight" aria-label={t.gateways.details}>
          <Dot gateway={gateway} />
          <Facts gateway={gateway} />
          <LabelsAndNote gateway={gateway} />
          <State gateway={gateway} open={open} />
          {gateway.restored && <Restored gateway={gateway} open={open} />}
          <Details gateway={gateway} />
        </section>
      )}
      {gateway && <MessagesSection gateway={gateway} round={round} />}
      {(gateway || removed) && (
        <>
          <h2 className="section-title">{t.history.title}</h2>
          <HistoryFilters />
          <Timeline
            history={history}
            older={older}
            again={again}
            marked={Number(query.get('event') ?? NaN)}
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
