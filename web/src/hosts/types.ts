import type { components } from '../api/schema';

type Schemas = components['schemas'];

/** A machine that releases run on; its address is `local` when it is the one that the server runs on. */
export type Host = Schemas['Host'];
export type HostCheck = Schemas['HostCheck'];
export type CheckStep = Schemas['CheckStep'];
export type HostGroup = Schemas['HostGroup'];
/** An application or an environment. */
export type NamedThing = Schemas['ReleasePlace'];
export type Secret = Schemas['Secret'];
/** `*` is any. */
export type SecretGrant = Schemas['SecretGrant'];

export type HostState = 'ok' | 'failed' | 'unconfirmed' | 'untested';

export function stateOf({ address, check, fingerprint }: Host): HostState {
  if (fingerprint === null && address !== 'local') return 'unconfirmed';
  if (check === null) return address === 'local' ? 'ok' : 'untested';
  return check.ok ? 'ok' : 'failed';
}

/** The key that the host showed, when it is not the one that is pinned. */
export function strangeKey({ fingerprint, check }: Host): string | null {
  const shown = check?.fingerprint ?? null;
  return shown === fingerprint ? null : shown;
}
