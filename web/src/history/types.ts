// The types of events, in groups as people ask for them.
import type { EventType } from '../api/types';

export type Kind =
  'all' | 'keys' | 'installations' | 'connection' | 'messages' | 'gateways' | 'refusals' | 'tokens';

const kindOf: Record<EventType, Exclude<Kind, 'all'>> = {
  LedgerCreated: 'gateways',
  AccountOpened: 'gateways',
  GatewayAdded: 'gateways',
  GatewayRenamed: 'gateways',
  GatewayRemoved: 'gateways',
  GatewayDeregistered: 'gateways',
  KeyIssued: 'keys',
  KeyRegenerated: 'keys',
  KeyRevealed: 'keys',
  KeyRevoked: 'keys',
  KeyExpired: 'keys',
  KeyRedeemed: 'installations',
  RegistrationConfirmed: 'installations',
  InstallationFailed: 'installations',
  RegistrationAbandoned: 'installations',
  RedemptionRefused: 'refusals',
  GatewayConnected: 'connection',
  GatewayDisconnected: 'connection',
  OperatorTokenCreated: 'tokens',
  OperatorTokenRevoked: 'tokens',
  OperatorTokenRotated: 'tokens',
  PersonSignedIn: 'tokens',
  CaRotated: 'gateways',
  OperatorTokenExpired: 'tokens',
  CheckpointAdopted: 'gateways',
  GatewayLabelled: 'gateways',
  GatewayNoted: 'gateways',
  LedgerRestored: 'gateways',
  RegistrationAccepted: 'installations',
  RenewalIssued: 'installations',
  CertificateRenewed: 'installations',
  CertificateSharedSuspected: 'refusals',
  GatewayFlapping: 'connection',
  MessageSent: 'messages',
  MessageEnded: 'messages',
  WebhookAdded: 'tokens',
  WebhookChanged: 'tokens',
  WebhookSecretRotated: 'tokens',
  WebhookRemoved: 'tokens',
  TrustDomainNamed: 'gateways',
};

export const allEventTypes = Object.keys(kindOf) as EventType[];

export const kindOfType = (type: EventType) => kindOf[type];

export function typesOf(kind: Kind): EventType[] | undefined {
  return kind === 'all' ? undefined : allEventTypes.filter((type) => kindOf[type] === kind);
}
