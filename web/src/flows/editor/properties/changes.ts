import type { FlowLink, NodeKind, NodeOf } from '../definition';
import type { FlowModel } from '../model.svelte';

/**
 * One step that changes a part of the flow. `what` is the label of the input, which an undo names; while somebody
 * types, steps at the same input become one.
 */
export type Change<Part> = (what: string, change: (part: Part) => void, isTyping?: boolean) => void;

export function changeOfNode<Kind extends NodeKind>(model: FlowModel, kind: Kind, id: string, name: string): Change<NodeOf<Kind>> {
  return (what, change, isTyping = false) => {
    const edit = (draft: FlowModel['definition']): void => {
      const node = draft.nodes.find((one): one is NodeOf<Kind> => one.id === id && one.kind === kind);
      if (node !== undefined) change(node);
    };
    model.edit(`${what} · ${name}`, edit, isTyping ? `node ${id} ${what}` : undefined);
  };
}

export function changeOfLink(model: FlowModel, index: number, name: string): Change<FlowLink> {
  return (what, change, isTyping = false) => {
    const edit = (draft: FlowModel['definition']): void => {
      const link = draft.links[index];
      if (link !== undefined) change(link);
    };
    model.edit(`${what} · ${name}`, edit, isTyping ? `link ${index} ${what}` : undefined);
  };
}

/** Sets a key, or leaves it out when there is nothing to say. */
export function setOrLeaveOut<Part extends object, Key extends keyof Part>(part: Part, key: Key, value: Part[Key] | undefined): void {
  const isNothing = value === undefined || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  if (isNothing) Reflect.deleteProperty(part, key);
  else part[key] = value;
}

/** The list with one part moved by a step; as it was at its ends. */
export function moved<Item>(list: readonly Item[], index: number, by: -1 | 1): Item[] {
  const other = index + by;
  const [one, two] = [list[index], list[other]];
  if (one === undefined || two === undefined) return [...list];
  return list.with(index, two).with(other, one);
}
