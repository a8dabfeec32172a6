import type { Definition } from './definition';
import { newNode } from './commands';
import { readYaml, yamlOf } from './text/document';

/** A flow's slug: small letters, digits and hyphens. */
export function isFlowId(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,63}$/.test(text);
}

/** A slug out of a name; empty when the name has no letters that a slug may have. */
export function flowIdOf(name: string): string {
  const words = name.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^[-0-9]+|-+$/g, '');
  return words.slice(0, 64).replace(/-+$/, '');
}

/** The text of a flow with nothing but a beginning and an end. */
export function emptyFlow(flow: string, name: { zh: string; en: string }): string {
  const definition: Definition = {
    flow,
    name,
    nodes: [newNode('start', 'start'), newNode('end', 'end')],
    links: [{ from: 'start', to: 'end' }],
  };
  return yamlOf(definition, '');
}

/** The text of a flow under another name, comments and all; null when it can not be read. */
export function copiedFlow(yaml: string, flow: string, name: { zh: string; en: string }): string | null {
  const { definition } = readYaml(yaml);
  return definition === null ? null : yamlOf({ ...definition, flow, name }, yaml);
}
