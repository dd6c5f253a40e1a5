// The words for a gateway's failure; installers may give reasons that the console does not know.
import type { Failure } from '../api/types';
import type { Messages } from '../i18n/en';

export const failureReason = (t: Messages, failure: Failure): string =>
  t.gateways.failure[failure.reason] ?? failure.reason.replaceAll('_', ' ');
