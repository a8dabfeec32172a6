import { language, type Language } from './language.svelte';

type DateStyle = 'time' | 'day' | 'dayWithYear' | 'full' | 'weekday';

const dateOptions: Record<DateStyle, Intl.DateTimeFormatOptions> = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { month: 'short', day: 'numeric' },
  dayWithYear: { year: 'numeric', month: 'short', day: 'numeric' },
  full: {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  },
  weekday: { month: 'long', day: 'numeric', weekday: 'long' },
};

// Making a formatter costs far more than using one, and lists use hundreds.
const dateFormats = new Map<string, Intl.DateTimeFormat>();
const relativeFormats = new Map<Language, Intl.RelativeTimeFormat>();

function dateFormat(style: DateStyle): Intl.DateTimeFormat {
  const key = `${language.current} ${style}`;
  let format = dateFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language.current, dateOptions[style]);
    dateFormats.set(key, format);
  }
  return format;
}

/** 09:58 */
export function formatTime(at: number): string {
  return dateFormat('time').format(at);
}

/** 23 Nov; with the year when it is not this year. */
export function formatDate(at: number, now: number = Date.now()): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return dateFormat(sameYear ? 'day' : 'dayWithYear').format(at);
}

/** Saturday, November 23: for the line between two days. */
export function formatWeekday(at: number): string {
  return dateFormat('weekday').format(at);
}

/** Date, year and time, for tooltips and tables. */
export function formatDateTime(at: number): string {
  return dateFormat('full').format(at);
}

/** The time for today, else the date. */
export function formatShort(at: number, now: number = Date.now()): string {
  return isSameDay(at, now) ? formatTime(at) : formatDate(at, now);
}

const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "5 minutes ago", "in 3 days"; less than a minute is "now". */
export function formatRelative(at: number, now: number = Date.now()): string {
  let format = relativeFormats.get(language.current);
  if (format === undefined) {
    format = new Intl.RelativeTimeFormat(language.current, { numeric: 'auto' });
    relativeFormats.set(language.current, format);
  }
  const difference = at - now;
  for (const [unit, length] of steps) {
    if (Math.abs(difference) >= length) return format.format(Math.trunc(difference / length), unit);
  }
  return format.format(0, 'second');
}

export function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** 1.2 MB */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const power = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return new Intl.NumberFormat(language.current, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1024 ** power);
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(language.current).format(value);
}

/** "Ann, Bo and Cy" */
export function formatList(items: string[]): string {
  return new Intl.ListFormat(language.current, { type: 'conjunction' }).format(items);
}
