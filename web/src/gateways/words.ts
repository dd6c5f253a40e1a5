// The words for a gateway's failure, and for what a replacement ends; installers may give reasons that the
// console does not know.
import type { Failure, Gateway } from '../api/types';
import type { Messages } from '../i18n/en';
import { fill } from '../i18n/text';

export const failureReason = (t: Messages, failure: Failure): string =>
  t.gateways.failure[failure.reason] ?? failure.reason.replaceAll('_', ' ');

const shownOfSha256 = 16;

// The machine that a replacement key retires, by all that it is known by.
export function whatItRetires(t: Messages, gateway: Gateway): string {
  const { host, last_seen_from, certificate } = gateway;
  const machine = [
    host?.hostname,
    last_seen_from,
    certificate &&
      fill(t.key.withCertificate, { sha256: certificate.sha256.slice(0, shownOfSha256) }),
  ].filter(Boolean);
  return fill(t.key.retires, { machine: machine.join(', ') });
}
