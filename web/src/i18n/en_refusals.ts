// What the console says in English of what the server did not do. `unread` is what it says where nothing
// was to be changed, only read; what is not there is said as in `refusal`.
export const refusal = {
  unreachable: 'The server cannot be reached. Nothing may have changed; trying again is safe.',
  unknown: 'The server gave an answer that the console does not understand.',
  unauthenticated: 'Your session has ended. Please sign in again.',
  forbidden: 'Your role does not allow this.',
  not_found: 'This does not exist, or you may not see it.',
  name_taken: 'Another gateway of this account has this name.',
  too_many_secondaries: 'The primary has five secondaries, which is the most.',
  has_secondaries: 'It still has secondaries. Remove them first.',
  already_registered: 'The gateway has been registered meanwhile.',
  no_active_key: 'There is no active key any more.',
  gateway_removed: 'The gateway was removed.',
  token_revoked: 'The token was revoked.',
  last_owner: 'This is the last owner: create another one first.',
  too_many_webhooks: 'There are as many webhooks as there can be; remove one first.',
  too_many_tokens: 'There are enough tokens; revoke some first.',
  generation_limit: 'This gateway has had all the keys it can have.',
  request_in_progress: 'The same request still runs. Wait a moment.',
  version_conflict: 'It was changed meanwhile. Look again.',
  validation_failed: 'Something in the form is not right.',
  overloaded: 'The server cannot do this now. Try again in a moment.',
  rate_limited: 'Too many attempts. Wait a little and try again.',
  read_only: 'The server takes no changes now. Try again later.',
  behind: 'The server has not come that far yet. Try again.',
  outcome_unknown: 'It is not known whether this was done. Trying again is safe.',
  part_missing: 'This part of the console could not be loaded. Load the page again.',
  csrf_rejected: 'The request did not come from this page as it should. Load the page again.',
} as Record<string, string>;

export const unread = {
  unreachable: 'The server cannot be reached.',
  overloaded: 'The server cannot answer this now.',
  rate_limited: 'The server was asked too often.',
  byItself: 'The console asks again by itself.',
} as Record<string, string>;
