// The words for a gateway's failure; installers may give reasons that the console does not know.
import type { Failure } from '../api/types';
import type { Messages } from '../i18n/en';
import { relative } from '../i18n/time';

export function failureWords(t: Messages, failure: Failure, now: number, locale: string) {
  return {
    when: relative(failure.at, now, locale),
    reason: t.gateways.failure[failure.reason] ?? failure.reason.replaceAll('_', ' '),
  };
}
