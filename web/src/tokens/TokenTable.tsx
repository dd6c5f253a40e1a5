// The tokens as a table: what ends soon is said before it does.
import type { Token } from '../api/types';
import { useText } from '../i18n/context';
import { millis } from '../i18n/time';
import { useSession } from '../session/session';
import { Button } from '../ui/controls';
import { Sheet, type Column } from '../ui/sheet';
import { Time, useNow } from '../ui/time';

// So long before its end a token should be rotated.
const endsSoonMs = 14 * 86_400_000;

interface Props {
  tokens: Token[];
  // Left out for those who may not.
  onRotate?(token: Token): void;
  onRevoke?(token: Token): void;
}

export function TokenTable({ tokens, onRotate, onRevoke }: Props) {
  const t = useText();
  const { operator } = useSession();
  const nameOf = (token: Token) => token.name ?? t.tokens.erased;
  const columns: Column<Token>[] = [
    {
      head: t.tokens.nameHead,
      cell: (token) => (
        <span className="row">
          <strong>{nameOf(token)}</strong>
          {token.id === operator.id && <span className="pill pill-accent">{t.tokens.you}</span>}
        </span>
      ),
    },
    {
      head: t.tokens.role,
      cell: (token) => (
        <span className="pill" title={t.roleHint[token.role]}>
          {t.role[token.role]}
        </span>
      ),
    },
    {
      head: t.tokens.accounts,
      cell: (token) => token.accounts?.join(', ') ?? t.history.fact.allAccounts,
    },
    {
      head: t.tokens.lastUsed,
      cell: (token) =>
        token.last_used_at ? <Time at={token.last_used_at} as="relative" /> : t.tokens.neverUsed,
    },
    { head: t.tokens.expires, cell: (token) => <Expiry token={token} /> },
    { head: t.tokens.created, cell: (token) => <Time at={token.created_at} /> },
  ];
  if (onRotate && onRevoke) {
    columns.push({
      head: t.tokens.acts,
      acts: true,
      cell: (token) => (
        <span className="row">
          <Button
            onPress={() => onRotate(token)}
            aria-label={`${t.tokens.rotate}: ${nameOf(token)}`}
          >
            {t.tokens.rotate}
          </Button>
          <Button
            look="danger"
            onPress={() => onRevoke(token)}
            aria-label={`${t.tokens.revoke}: ${nameOf(token)}`}
          >
            {t.tokens.revoke}
          </Button>
        </span>
      ),
    });
  }
  return (
    <Sheet label={t.tokens.title} columns={columns} rows={tokens} keyOf={(token) => token.id} />
  );
}

function Expiry({ token }: { token: Token }) {
  const t = useText();
  const now = useNow();
  if (!token.expires_at) return <>{t.tokens.neverExpires}</>;
  const left = millis(token.expires_at) - now;
  // Recorded, or about to be.
  if (token.expired_at !== null || left <= 0) {
    return <span className="pill pill-danger">{t.tokens.expiredOn}</span>;
  }
  if (left >= endsSoonMs) return <Time at={token.expires_at} />;
  return (
    <span className="pill pill-warning">
      <Time at={token.expires_at} as="relative" />
    </span>
  );
}
