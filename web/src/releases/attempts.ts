import type { RunHost } from './types';

/** The attempts of a host up to the one that it stands in, oldest first; that one as the page knows it. */
export function attemptsUntil(host: RunHost, known: readonly RunHost[]): RunHost[] {
  const earlier = known.filter(({ attempt }) => attempt < host.attempt).sort((a, b) => a.attempt - b.attempt);
  const output = host.output ?? known.find(({ attempt }) => attempt === host.attempt)?.output ?? null;
  return [...earlier, { ...host, output }];
}
