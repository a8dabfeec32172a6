import type { Column, Series } from '../charts/model';
import { formatDate, formatTime } from '../i18n/format';
import { t } from './messages';
import type { Dashboard, DashboardDay } from './types';

export function decisionSeries(): Series[] {
  return [
    { key: 'approved', label: t('approved'), tone: 'ok' },
    { key: 'handled', label: t('handled'), tone: 'run' },
    { key: 'returned', label: t('returned'), tone: 'wait' },
    { key: 'rejected', label: t('rejected'), tone: 'bad' },
  ];
}

export function releaseSeries(): Series[] {
  return [
    { key: 'succeeded', label: t('succeeded'), tone: 'ok' },
    { key: 'partly', label: t('partly'), tone: 'wait' },
    { key: 'failed', label: t('failed'), tone: 'bad' },
  ];
}

/** The days of the server's answer as columns; which counts of a day are drawn, a chart's series say. */
export function dayColumns(days: readonly DashboardDay[]): Column[] {
  return days.map(({ date, ...values }) => {
    // Noon: in no time zone it falls on another day.
    const label = formatDate(new Date(`${date}T12:00`).getTime());
    return { key: date, label, title: label, values };
  });
}

export function minuteColumns(messages: Dashboard['messages']): Column[] {
  return messages.map(({ at, count }) => {
    const label = formatTime(at);
    return { key: String(at), label, title: label, values: { count } };
  });
}

/** How many of the steps of releases went well, in whole percent, and how many there were. */
export function releaseSuccess(
  days: readonly Pick<DashboardDay, 'succeeded' | 'partly' | 'failed'>[],
): { percent: number; count: number } {
  let [good, count] = [0, 0];
  for (const { succeeded, partly, failed } of days) {
    good += succeeded + partly;
    count += succeeded + partly + failed;
  }
  return { percent: count === 0 ? 0 : Math.floor((good / count) * 100), count };
}

/** Where the reader's days begin, as the server reads it: `+08:00` for minutes east of UTC. */
export function zoneText(minutesEast = -new Date().getTimezoneOffset()): string {
  const two = (number: number) => String(Math.trunc(number)).padStart(2, '0');
  const minutes = Math.abs(minutesEast);
  return `${minutesEast < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
