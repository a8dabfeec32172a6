import type { OrderChange, OrderSummary } from '../orders/page/types';
import type { HostState, Run, RunHost, RunState } from './types';

/** It asks somebody: retry, skip, cancel. */
export function isBad(state: HostState): boolean {
  return state === 'failed' || state === 'unreachable' || state === 'interrupted' || state === 'cancelled';
}

/** How a run of an order stands that asks somebody what to do; null: none does. */
export function askingRun({ nodes }: Pick<OrderSummary, 'nodes'>): RunState | null {
  return nodes.find(({ run }) => run)?.run ?? null;
}

export function isOver(state: HostState): boolean {
  return state !== 'waiting' && state !== 'running';
}

export function isLive({ state }: Pick<Run, 'state'>): boolean {
  return state === 'requested' || state === 'running' || state === 'cancelling';
}

/** How a part of the diagram is called that stands for a host, or for the run itself. */
export function partOf(node: string, host: string | null): string {
  return host === null ? node : `${node}/${host}`;
}

export interface Progress {
  all: number;
  done: number;
  failed: number;
  running: number;
  /** Of the whole run; null when nobody can say. */
  percent: number | null;
  /** The batch that is on its way, from 1; null when there is only one. */
  batch: number | null;
  batches: number;
}

/** How far a run is; `percentOf` knows more of a host than was read, perhaps. */
export function progressOf(run: Run, percentOf: (host: string | null) => number | null = () => null): Progress {
  const states = new Map(run.hosts.map(({ host, state }) => [host, state]));
  const count = (wanted: (state: HostState) => boolean) => run.hosts.filter(({ state }) => wanted(state)).length;
  const parts = run.hosts.map(({ host, state, progress }) => {
    if (isOver(state)) return 100;
    return state === 'running' ? (percentOf(host) ?? progress) : 0;
  });
  const isSaid = run.hosts.length > 1 || parts.some((part) => part !== null && part > 0);
  const sum = parts.reduce<number>((whole, part) => whole + (part ?? 0), 0);
  const current = run.batches.findIndex((names) => names.some((name) => !isOver(states.get(name) ?? 'waiting')));
  return {
    all: run.hosts.length,
    done: count((state) => state === 'succeeded' || state === 'skipped'),
    failed: count(isBad),
    running: count((state) => state === 'running'),
    percent: isSaid && run.hosts.length > 0 ? Math.floor(sum / run.hosts.length) : null,
    batch: run.batches.length > 1 && current >= 0 && isLive(run) ? current + 1 : null,
    batches: run.batches.length,
  };
}

/** How far each part of the diagram is that runs now, in percent. */
export function progressOfParts(
  runs: readonly Run[],
  percentOf: (node: string, host: string | null) => number | null,
): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  for (const run of runs.filter(isLive)) {
    const { percent } = progressOf(run, (host) => percentOf(run.node, host));
    if (percent !== null) parts.set(run.node, percent);
    for (const { host, state, progress } of run.hosts) {
      const said = percentOf(run.node, host) ?? progress;
      if (host !== null && state === 'running' && said !== null) parts.set(partOf(run.node, host), said);
    }
  }
  return parts;
}

/** The host that was asked for; else the one that says most: the first that failed, that runs, that is there. */
export function hostToShow(run: Run, wanted: string | null): RunHost | null {
  const { hosts } = run;
  return (
    hosts.find(({ host }) => host === wanted && wanted !== null) ??
    hosts.find(({ state }) => isBad(state)) ??
    hosts.find(({ state }) => state === 'running') ??
    hosts[0] ??
    null
  );
}

/** The run as it stood after these changes; null when it was not asked for yet. */
export function runAfter(run: Run, changes: readonly OrderChange[]): Run | null {
  let then: Run | null = null;
  const blank = { exit: null, note: null, started_ms: null, ended_ms: null, progress: null };
  const hostWith = (name: string | null, part: Partial<RunHost>): void => {
    if (then) then = { ...then, hosts: then.hosts.map((host) => (host.host === name ? { ...host, ...part } : host)) };
  };
  for (const event of changes.flatMap(({ events }) => events)) {
    if (!('node' in event) || event.node !== run.node) continue;
    if (event.event === 'run_requested') {
      const known: Run = then ?? { ...run, hosts: [] };
      then = { ...known, attempt: event.run.attempt, state: 'requested', paused: false, waits_for: null, started_ms: null, ended_ms: null, note: null };
    }
    if (!then) continue;
    switch (event.event) {
      case 'run_started': {
        const names: (string | null)[] = event.hosts.length > 0 ? event.hosts : [null];
        const fresh = names.map((host): RunHost => {
          const output = run.hosts.find((now) => now.host === host && now.attempt === event.attempt)?.output ?? null;
          return { ...blank, host, attempt: event.attempt, state: host === null ? 'running' : 'waiting', output };
        });
        const others: readonly RunHost[] = then.hosts.filter(({ host }) => !names.includes(host));
        then = { ...then, state: 'running', started_ms: event.at_ms, hosts: [...others, ...fresh] };
        break;
      }
      case 'host_changed': {
        const time = event.state === 'running' ? { started_ms: event.at_ms } : { ended_ms: event.at_ms };
        hostWith(event.host, { state: event.state, exit: event.exit ?? null, note: event.note ?? null, ...time });
        break;
      }
      case 'run_cancelling':
        then = { ...then, state: 'cancelling' };
        break;
      case 'run_ended':
        then = { ...then, state: event.state, ended_ms: event.at_ms, note: event.note ?? null };
        if (event.state === 'succeeded' || event.state === 'failed') hostWith(null, { state: event.state, ended_ms: event.at_ms });
        break;
      case 'run_paused':
      case 'run_continued':
        then = { ...then, paused: event.event === 'run_paused' };
        break;
    }
  }
  return then;
}
