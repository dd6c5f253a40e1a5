// The dot and its words; never the colour alone. For how long a gateway has been silent is said here, once.
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { Sentence } from '../ui/sentence';
import { Time } from '../ui/time';
import { isSilent } from './view';

const classOf = ({ status, pending }: Gateway) =>
  `dot dot-${status}${pending !== null ? ' dot-pending' : ''}`;

export function useStatusWords(gateway: Gateway): string {
  const t = useText();
  return gateway.status === 'gray' && gateway.pending !== null
    ? t.status.registering
    : t.status[gateway.status];
}

// `bare` where it stands beside it when the gateway was last seen.
export function Dot({ gateway, bare }: { gateway: Gateway; bare?: boolean }) {
  const t = useText();
  const words = useStatusWords(gateway);
  return (
    <span className="dot-line">
      <span className={classOf(gateway)} />
      <span className="dot-words">{words}</span>
      {!bare && <Silence gateway={gateway} />}
      {gateway.pending !== null && gateway.status !== 'gray' && (
        <span className="dot-more">{t.status.replacing}</span>
      )}
    </span>
  );
}

// Where there is room for a name alone: its words are said to those who do not see it.
export function SmallDot({ gateway }: { gateway: Gateway }) {
  const words = useStatusWords(gateway);
  return (
    <span className={classOf(gateway)} title={words}>
      <span className="visually-hidden">{words}: </span>
    </span>
  );
}

export function Silence({ gateway }: { gateway: Gateway }) {
  const t = useText();
  if (!isSilent(gateway)) return null;
  return (
    <span className="dot-more">
      <Sentence
        message={t.gateways.silent}
        values={{ time: <Time at={gateway.last_seen_at!} as="elapsed" /> }}
      />
    </span>
  );
}
