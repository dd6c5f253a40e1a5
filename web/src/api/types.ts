// The types of the API as the console uses them; they come out of api/openapi.yaml.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];
export type AccountStanding = Schemas['AccountStanding'];
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
