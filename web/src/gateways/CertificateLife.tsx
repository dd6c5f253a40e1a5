// How much of a certificate's life has passed: issued, to be renewed from, and its end.
import type { Gateway } from '../api/types';
import { usePreferences } from '../i18n/context';
import { fill } from '../i18n/text';
import { absolute, exactUtc, millis } from '../i18n/time';
import { useNow } from '../ui/time';

// It is to be renewed when two thirds of its life have passed (docs/operations.md), which says when it began.
const renewedAfter = 2 / 3;

export function CertificateLife({
  certificate,
}: {
  certificate: NonNullable<Gateway['certificate']>;
}) {
  const { t, locale } = usePreferences();
  const now = useNow();
  const end = millis(certificate.not_after);
  const renew = millis(certificate.renew_after);
  const life = (end - renew) / (1 - renewedAfter);
  const begin = end - life;
  const passed = Math.min(1, Math.max(0, (now - begin) / life));
  const tone = now >= end ? 'ended' : now >= renew ? 'renewing' : 'good';
  const words = t.path.life;
  const places: [string, string][] = [
    [words.issued, new Date(begin).toISOString()],
    [words.renew, certificate.renew_after],
    [words.ends, certificate.not_after],
  ];
  return (
    <div className="life">
      <div
        className={`life-bar life-${tone}`}
        role="meter"
        aria-label={words.label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(passed * 100)}
      >
        <div className="life-passed" style={{ width: `${passed * 100}%` }} />
        <div className="life-renew" style={{ insetInlineStart: `${renewedAfter * 100}%` }} />
      </div>
      <div className="life-words">
        {places.map(([message, at]) => (
          <time key={message} dateTime={at} title={exactUtc(at)}>
            {fill(message, { time: absolute(at, locale) })}
          </time>
        ))}
      </div>
    </div>
  );
}
