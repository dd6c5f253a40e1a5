// Times for people, in the zone of the reader; the exact one in UTC beside it.

// RFC 3339 with microseconds, as the API writes it; browsers read milliseconds.
export const millis = (time: string) => Date.parse(time.replace(/(\.\d{3})\d+Z$/, '$1Z'));

export const exactUtc = (time: string) => time.replace('T', ' ').replace('Z', ' UTC');

export function absolute(time: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(
    millis(time),
  );
}

export const date = (time: string, locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(millis(time));

export function clock(time: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(millis(time));
}

// As short as it can be said: the time of a day that is today, else the date too.
export function moment(at: number, now: number, locale: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const format = sameDay
    ? new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
    : new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return format.format(at);
}

// "3 minutes ago", "in 2 hours"; what is further away than a month is said as a date.
export function relative(time: string, now: number, locale: string, justNow: string): string {
  const seconds = Math.round((millis(time) - now) / 1000);
  const size = Math.abs(seconds);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' });
  if (size < 10) return justNow;
  if (size < 60) return format.format(seconds, 'second');
  if (size < 3600) return format.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86400) return format.format(Math.trunc(seconds / 3600), 'hour');
  if (size < 30 * 86400) return format.format(Math.trunc(seconds / 86400), 'day');
  return absolute(time, locale);
}

// For how long it has been, in its largest unit: "40 sec", "2 min", "3 days".
export function elapsed(time: string, now: number, locale: string): string {
  const seconds = Math.max(0, Math.floor((now - millis(time)) / 1000));
  const units: [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const [size, unit] = units.find(([each]) => seconds >= each) ?? [1, 'second'];
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' });
  return format.format(Math.trunc(seconds / size));
}

// What is left until `time`, in its two largest units: "6 days 23 hours", "4 min 12 s"; null when
// nothing is.
export function remaining(time: string, now: number, locale: string): string | null {
  const seconds = Math.floor((millis(time) - now) / 1000);
  if (seconds <= 0) return null;
  const unit = (n: number, name: 'day' | 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' }).format(n);
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${unit(days, 'day')} ${unit(hours, 'hour')}`;
  if (hours > 0) return `${unit(hours, 'hour')} ${unit(minutes, 'minute')}`;
  if (minutes > 0) return `${unit(minutes, 'minute')} ${unit(seconds % 60, 'second')}`;
  return unit(seconds, 'second');
}

// The day an event stands under: today, yesterday, or its date.
export function day(time: string, now: number, locale: string, words: [string, string]): string {
  const date = new Date(millis(time));
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  if (date >= midnight) return words[0];
  midnight.setDate(midnight.getDate() - 1);
  if (date >= midnight) return words[1];
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full' }).format(date);
}
