// An event in a person's words: which sentence, what goes into it, and what else is worth knowing.
import type { Fact } from '../api/types';
import type { Messages } from '../i18n/en';

// What stands in a sentence, before it is shown: a plain text, or something that has a name.
export type Part =
  | string
  | number
  // By the name it has now, unless it is said by which.
  | { gateway: string; name?: string }
  | { token: string }
  | { actor: string };

export interface Sentence {
  message: string;
  values: Record<string, Part>;
}

export type Detail = { label: string; text: string } | { label: string; time: string };

// `within`: the gateway whose page it stands on, which is not named once more.
export function sentenceOf(fact: Fact, t: Messages, within?: string): Sentence {
  const gateway = { gateway: fact.gateway ?? '' };
  const actor = { actor: fact.actor };
  const here = within !== undefined && within === fact.gateway;
  const message = (key: string) => (here && t.eventHere[key]) || t.event[key];
  switch (fact.type) {
    case 'LedgerCreated':
    case 'CaRotated':
    case 'CheckpointAdopted':
    case 'LedgerRestored':
      return { message: message(fact.type), values: {} };
    case 'TrustDomainNamed':
      return { message: message(fact.type), values: { domain: fact.data.trust_domain } };
    case 'PersonSignedIn':
      return { message: message(fact.type), values: { actor } };
    case 'RegistrationAccepted': {
      const whole = fact.account ? 'RegistrationAcceptedAccount' : 'RegistrationAcceptedAll';
      return {
        message: message(fact.gateway ? 'RegistrationAccepted' : whole),
        values: { actor, gateway, account: fact.account ?? '' },
      };
    }
    case 'AccountOpened':
      return { message: message(fact.type), values: { actor, account: fact.account ?? '' } };
    case 'GatewayAdded': {
      const { primary } = fact.data;
      return {
        message: message(primary ? 'GatewayAddedSecondary' : 'GatewayAdded'),
        values: {
          actor,
          name: { ...gateway, name: fact.data.name },
          primary: { gateway: primary ?? '' },
        },
      };
    }
    case 'GatewayRenamed':
      return {
        message: message(fact.type),
        values: { actor, previous: fact.data.previous_name, name: fact.data.name },
      };
    case 'KeyRegenerated':
      return {
        message: message(
          fact.data.superseded_generation !== null
            ? 'KeyRegeneratedSuperseded'
            : fact.data.replace
              ? 'KeyRegeneratedReplace'
              : 'KeyRegenerated',
        ),
        values: {
          actor,
          gateway,
          n: fact.data.generation,
          old: fact.data.superseded_generation ?? '',
        },
      };
    case 'KeyRedeemed':
      return {
        message: message(fact.data.replacement ? 'KeyRedeemedReplace' : 'KeyRedeemed'),
        values: { gateway, n: fact.data.generation },
      };
    case 'KeyIssued':
    case 'KeyRevealed':
    case 'KeyRevoked':
    case 'KeyExpired':
    case 'RedemptionRefused':
      return { message: message(fact.type), values: { actor, gateway, n: fact.data.generation } };
    case 'RegistrationConfirmed':
      return {
        message: message(
          fact.data.replaced_certificate_sha256
            ? 'RegistrationConfirmedReplace'
            : 'RegistrationConfirmed',
        ),
        values: { gateway },
      };
    case 'RegistrationAbandoned':
      return {
        message: message(fact.type),
        values: { gateway, why: t.history.why[fact.data.why] },
      };
    case 'InstallationFailed':
    case 'GatewayLabelled':
    case 'GatewayNoted':
    case 'GatewayRemoved':
    case 'GatewayDeregistered':
    case 'GatewayConnected':
    case 'GatewayDisconnected':
    case 'RenewalIssued':
    case 'CertificateRenewed':
    case 'CertificateSharedSuspected':
    case 'GatewayFlapping':
      return { message: message(fact.type), values: { actor, gateway } };
    case 'MessageSent':
      return { message: message(fact.type), values: { actor, gateway, kind: fact.data.kind } };
    case 'MessageEnded':
      return {
        message: message(fact.type),
        values: { gateway, outcome: t.history.outcome[fact.data.outcome] },
      };
    case 'WebhookAdded':
      return {
        message: message(fact.type),
        values: { actor, webhook: fact.data.webhook, host: fact.data.host },
      };
    case 'WebhookChanged':
    case 'WebhookSecretRotated':
    case 'WebhookRemoved':
      return { message: message(fact.type), values: { actor, webhook: fact.data.webhook } };
    case 'OperatorTokenCreated':
    case 'OperatorTokenRevoked':
    case 'OperatorTokenRotated':
    case 'OperatorTokenExpired':
      return {
        message: message(fact.type),
        values: { actor, token: { token: fact.data.token } },
      };
  }
}

// The sentence as it is said to this reader.
export function messageOf(message: string, { actor }: Fact, me: string, t: Messages): string {
  return actor.endsWith(`:${me}`) ? t.history.byYou(message) : message;
}

const labelsOf = (labels: Record<string, string>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');

const short = (sha256: string) => `${sha256.slice(0, 12)}…`;

export function detailsOf(fact: Fact, t: Messages): Detail[] {
  const words = t.history.fact;
  const list: Detail[] = [];
  const text = (label: string, value: string | number | null | undefined) => {
    if (value !== null && value !== undefined && value !== '') {
      list.push({ label, text: String(value) });
    }
  };
  const time = (label: string, value: string | null) => {
    if (value) list.push({ label, time: value });
  };
  switch (fact.type) {
    case 'KeyIssued':
      time(words.expires, fact.data.expires_at);
      break;
    case 'KeyRegenerated':
      text(words.reason, fact.data.reason);
      time(words.expires, fact.data.expires_at);
      break;
    case 'KeyRedeemed':
      text(words.host, fact.data.host?.hostname);
      text(words.address, fact.data.address);
      time(words.confirmBy, fact.data.confirm_by);
      break;
    case 'RedemptionRefused': {
      const { host, address, count, holder, public_key_sha256, code } = fact.data;
      text(words.reason, t.refusedBecause[code] ?? code);
      text(words.host, host?.hostname);
      text(words.address, address);
      text(words.attempts, count);
      text(words.refusedParty, public_key_sha256 && short(public_key_sha256));
      text(words.holder, holder?.public_key_sha256 && short(holder.public_key_sha256));
      break;
    }
    case 'RenewalIssued':
      time(words.expires, fact.data.certificate.not_after);
      text(words.address, fact.data.address);
      break;
    case 'CertificateRenewed':
      text(words.address, fact.data.address);
      break;
    case 'CertificateSharedSuspected':
      text(words.address, fact.data.address);
      text(words.otherAddress, fact.data.other_address);
      break;
    case 'GatewayFlapping':
      time(words.until, fact.data.until);
      break;
    case 'MessageSent':
      text(words.message, fact.data.message);
      time(words.expires, fact.data.expires_at);
      break;
    case 'MessageEnded':
      text(words.message, fact.data.message);
      text(words.detail, fact.data.detail);
      break;
    case 'WebhookAdded':
    case 'WebhookChanged':
      text(words.receiver, fact.data.host);
      text(words.types, fact.data.types.join(', '));
      text(words.accounts, fact.data.accounts.join(', ') || words.allAccounts);
      break;
    case 'WebhookSecretRotated':
      time(words.previousSecret, fact.data.previous_until);
      break;
    case 'RegistrationConfirmed':
    case 'GatewayConnected':
      text(words.version, fact.data.version);
      text(words.address, fact.data.address);
      break;
    case 'InstallationFailed':
      text(
        words.reason,
        t.gateways.failure[fact.data.reason] ?? fact.data.reason.replaceAll('_', ' '),
      );
      text(words.detail, fact.data.detail);
      break;
    case 'KeyRevoked':
    case 'RegistrationAbandoned':
    case 'GatewayDeregistered':
      text(words.reason, fact.data.reason);
      break;
    case 'GatewayDisconnected':
      time(words.lastSeen, fact.data.last_seen_at);
      break;
    case 'OperatorTokenCreated':
      text(words.role, t.role[fact.data.role]);
      text(words.accounts, fact.data.accounts.join(', ') || words.allAccounts);
      time(words.expires, fact.data.expires_at);
      break;
    case 'PersonSignedIn':
      text(words.role, t.role[fact.data.role]);
      text(words.accounts, fact.data.accounts.join(', ') || words.allAccounts);
      break;
    case 'OperatorTokenRotated':
      time(words.expires, fact.data.expires_at);
      break;
    case 'GatewayLabelled':
      text(words.labels, labelsOf(fact.data.labels));
      break;
    case 'GatewayNoted':
      text(words.note, fact.data.note);
      break;
    default:
      break;
  }
  return list;
}
