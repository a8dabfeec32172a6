// Random edits of a flow from a seed, for tests.
import * as commands from '../commands';
import { insertPart, partOf } from '../clipboard';
import { linkKey, nodeKinds, type Definition, type NodeKind } from '../definition';
import { newNode } from '../commands';

/** A small generator, so that a failed case can be run again by its number. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function smallFlow(): Definition {
  return {
    flow: 'small',
    name: { zh: '小', en: 'Small' },
    nodes: [newNode('start', 'start'), newNode('approve', 'lead'), newNode('end', 'end')],
    links: [
      { from: 'start', to: 'lead' },
      { from: 'lead', to: 'end' },
    ],
  };
}

/** One edit of a draft, as somebody with ten thumbs would make it. */
export function spin(draft: Definition, random: (below: number) => number): void {
  const some = <Item>(items: readonly Item[]): Item | undefined => items[random(Math.max(1, items.length))];
  const node = some(draft.nodes)?.id ?? '';
  const other = some(draft.nodes)?.id ?? '';
  const kind: NodeKind = some(nodeKinds) ?? 'approve';
  const spots = new Map(draft.nodes.map(({ id }, index) => [id, [index * 100, index * 10] as const]));
  switch (random(9)) {
    case 0:
      commands.addNode(draft, kind, random(2) === 0 ? null : [random(900) - 450, random(900)]);
      return;
    case 1:
    case 2:
      return commands.connect(draft, node, other);
    case 3:
      return commands.remove(draft, [node]);
    case 4:
      return commands.remove(draft, [linkKey(draft, random(Math.max(1, draft.links.length)))]);
    case 5:
      return commands.placeAll(draft, spots, new Map([[node, [random(500), random(500)]]]));
    case 6:
      return random(4) === 0 ? commands.arrange(draft) : commands.rename(draft, node, `n ${random(1_000)}`, random(2) === 0 ? 'en' : 'zh-CN');
    case 7: {
      const part = partOf(draft, [node, other], spots);
      if (part !== null) insertPart(draft, part, spots, { by: [40, 40] });
      return;
    }
    default: {
      const key = linkKey(draft, random(Math.max(1, draft.links.length)));
      commands.insertInto(draft, key, commands.addNode(draft, kind, null));
    }
  }
}
