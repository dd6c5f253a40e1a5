// The types of the API as the console uses them; they come out of api/openapi.yaml.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];
export type EventType = Schemas['EventType'];
export type Failure = Schemas['Failure'];
export type Gateway = Schemas['Gateway'];
export type Host = Schemas['Host'];
export type LastRun = Schemas['LastRun'];
export type Ledger = Schemas['Ledger'];
export type KeyAnswer = Schemas['KeyAnswer'];
export type ListedSession = Schemas['ListedSession'];
export type Message = Schemas['Message'];
export type NewToken = Schemas['NewToken'];
export type NewWebhook = Schemas['NewWebhook'];
export type Problem = Schemas['ProblemMembers'];
export type Session = Schemas['Session'];
export type SignIn = Schemas['SignIn'];
export type Status = Schemas['Status'];
export type Token = Schemas['Token'];
export type TokenRole = Schemas['TokenRole'];
export type Webhook = Schemas['Webhook'];
export type WebhookAttempt = Schemas['WebhookAttempt'];

// An event always has its type and data; the description says so outside of its alternatives, which
// the generator does not see.
type Whole<E> = E extends { type?: infer T; data?: infer D }
  ? Omit<E, 'type' | 'data'> & { type: NonNullable<T>; data: NonNullable<D> }
  : never;
export type Fact = Whole<Schemas['Event']>;

// What all accounts have in numbers, in the order of their names. The counts may be some seconds old.
export interface AccountCounts {
  account: string;
  opened_at: string;
  gateways: Record<Status | 'attention', number>;
  last_event_at: string | null;
}
interface Pages {
  after?: string;
  limit?: number;
}
interface Reads<Query, Body> {
  get: {
    parameters: { query?: Query };
    responses: { 200: { headers: object; content: { 'application/json': Body } } };
  };
}
// Routes that api/openapi.yaml does not describe yet.
export interface RoutesToCome {
  '/v1/overview': Reads<Pages, { accounts: AccountCounts[]; next: string | null }>;
  '/v1/gateways': Reads<Pages, { gateways: Gateway[]; next: string | null }>;
}
