import { formatList } from '../i18n/format';
import { language } from '../i18n/language.svelte';
import { wordsIn } from '../i18n/words';
import { say, type Line, type Names } from '../orders/page/timeline';
import type { OrderChange, OrderEvent } from '../orders/page/types';
import { isBad } from './run';
import { t } from './telling_messages';
import type { HostState, RunState } from './types';

/** What a line tells of a run, so that many of them can be told as one. */
export interface RunPart {
  node: string;
  attempt: number;
  /** How a host came out of it; null: the line is about the whole run. */
  result: { host: string; state: HostState; exit: number | null } | null;
  /** That it is asked for (0) needs not be told once it has begun (1), nor that once something came of it (2). */
  stage: 0 | 1 | 2;
}

export type RunEvent = Extract<
  OrderEvent,
  { event: 'run_requested' | 'run_started' | 'run_ended' | 'run_cancelling' | 'run_paused' | 'run_continued' | 'host_changed' }
>;

/** An event of a run in words; null where nobody needs to hear of it. */
export function lineOfRun(event: RunEvent, change: Pick<OrderChange, 'by'>, names: Names): Line | null {
  const { node } = event;
  const attempt = event.event === 'run_requested' ? event.run.attempt : event.attempt;
  const who = names.person(event.by === 'system' ? change.by : event.by.person);
  const named = { node: names.node(node), who };
  const about = (line: Line | null, part: Partial<RunPart> = {}): Line | null =>
    line && { ...line, node, run: { node, attempt, result: null, stage: 2, ...part } };
  switch (event.event) {
    case 'run_requested':
      if (attempt === 1) return about(quiet(say('run', 'quiet', t('runRequested', named))), { stage: 0 });
      if (change.by === null) return about(say('run', 'wait', t('runAgainAlone', { ...named, count: attempt })));
      return about(say('run', 'wait', t('runAgain', { ...named, count: attempt })));
    case 'run_started': {
      const count = event.hosts.length;
      // A step of its own is told in one line when it is through; many hosts take their time.
      if (count === 0) return about(quiet(say('run', 'run', t('runStarted', named))), { stage: 1 });
      return about(quiet(say('run', 'run', t('runStartedOn', { ...named, count }))));
    }
    case 'run_ended':
      return about(runEnded(event.state, named, wordsIn(event.note)));
    case 'run_cancelling':
      return about(say('stop', 'wait', t('runCancelling', named), event.reason));
    case 'run_paused':
      return about(say('pause', 'wait', t('runPaused', named), event.reason));
    case 'run_continued':
      return about(say('run', 'run', t('runContinued', named)));
    case 'host_changed': {
      const { host, state } = event;
      if (state === 'skipped') return about(say('stop', 'quiet', t('hostSkipped', { who, host }), wordsIn(event.note)));
      const exit = event.exit ?? null;
      return about(hostChanged(host, state, exit, wordsIn(event.note)), { result: { host, state, exit } });
    }
  }
}

function quiet(line: Line): Line {
  return { ...line, isQuiet: true };
}

function runEnded(state: RunState, named: { node: string; who: string }, note: string): Line | null {
  switch (state) {
    case 'succeeded':
      return say('handle', 'ok', t('runSucceeded', named), note);
    case 'partly':
      return say('handle', 'ok', t('runPartly', named), note);
    case 'failed':
      return say('fail', 'bad', t('runFailed', named), note);
    case 'interrupted':
      return say('fail', 'bad', t('runInterrupted', named), note);
    case 'cancelled':
      return say('stop', 'quiet', t('runCancelled', named), note);
    case 'skipped':
      return say('stop', 'quiet', t('runSkipped', named), note);
    default:
      return null;
  }
}

function hostChanged(host: string, state: HostState, exit: number | null, note: string): Line | null {
  switch (state) {
    case 'succeeded':
      return quiet(say('handle', 'ok', t('hostSucceeded', { host }), note));
    case 'failed':
      return say('fail', 'bad', exit === null ? t('hostFailed', { host }) : t('hostFailedWith', { host, exit }), note);
    case 'unreachable':
      return say('fail', 'bad', t('hostUnreachable', { host }), note);
    case 'interrupted':
      return say('fail', 'bad', t('hostInterrupted', { host }), note);
    case 'cancelled':
      return quiet(say('stop', 'quiet', t('hostCancelled', { host }), note));
    default:
      return null;
  }
}

/** More hosts of one attempt than this are told in one line. */
const APART = 3;
const FAILED_NAMED = 8;

/** Lines with those of many hosts folded into the last of them, and without beginnings of which more is known. */
export function foldRuns<One extends Line & { key: string }>(lines: readonly One[]): One[] {
  const groups = new Map<string, One[]>();
  const stages = new Map<string, number>();
  for (const line of lines) {
    if (!line.run) continue;
    const id = `${line.run.node} ${line.run.attempt}`;
    if (line.run.result) groups.set(id, [...(groups.get(id) ?? []), line]);
    stages.set(id, Math.max(line.run.stage, stages.get(id) ?? 0));
  }
  return lines.flatMap((line) => {
    if (!line.run) return [line];
    const id = `${line.run.node} ${line.run.attempt}`;
    if (line.run.stage < (stages.get(id) ?? 0)) return [];
    const group = groups.get(id);
    if (!line.run.result || !group || group.length <= APART) return [line];
    return line === group.at(-1) ? [{ ...line, ...folded(group), key: `hosts ${id}`, run: { ...line.run, result: null } }] : [];
  });
}

function folded(group: readonly Line[]): Partial<Line> {
  // A host that was tried again within the attempt counts as it came out in the end.
  const latest = new Map(group.flatMap(({ run }) => (run?.result ? [[run.result.host, run.result] as const] : [])));
  const results = [...latest.values()];
  const collator = new Intl.Collator(language.current, { numeric: true });
  const hosts = [...latest.keys()].sort(collator.compare);
  const failed = results.filter(({ state }) => isBad(state) && state !== 'cancelled');
  const count = (wanted: HostState) => results.filter(({ state }) => state === wanted).length;
  const parts = [
    { count: count('succeeded'), text: t('foldedDone', { count: count('succeeded') }) },
    { count: failed.length, text: t('foldedFailed', { count: failed.length }) },
    { count: count('cancelled'), text: t('foldedStopped', { count: count('cancelled') }) },
  ];
  const told = parts.filter((part) => part.count > 0).map(({ text }) => text);
  const [first = '', last = ''] = [hosts[0], hosts.at(-1)];
  return {
    icon: failed.length > 0 ? 'fail' : 'handle',
    tone: failed.length > 0 ? 'bad' : 'ok',
    text: t('foldedHosts', { first, last, text: told.join(t('comma')) }),
    detail: failed.length === 0 ? null : failedText(failed),
  };
}

function failedText(failed: readonly { host: string; exit: number | null }[]): string {
  const named = failed.slice(0, FAILED_NAMED).map(({ host, exit }) => (exit === null ? host : t('hostExit', { host, exit })));
  const more = failed.length - named.length;
  return formatList(more > 0 ? [...named, t('moreHosts', { count: more })] : named);
}
