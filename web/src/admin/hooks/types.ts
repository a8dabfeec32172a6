import type { components } from '../../api/schema';

type Schemas = components['schemas'];

/** Where another program starts orders of a flow. */
export type Hook = Schemas['Hook'];
export type HookKind = Schemas['HookKind'];
export type HookDelivery = Schemas['HookDelivery'];

/** Where the other program sends to. */
export function addressOf(hook: { name: string }): string {
  return `${location.origin}/api/hooks/${hook.name}/deliver`;
}
