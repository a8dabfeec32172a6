import type { Access, Definition, FlowNode, Layout } from '../definition';

const texts = ['plain', '', ' spaces ', 'a: b', '# no comment', "it's", '"quoted"', 'yes', 'null', '12', '1_000', '- dash', '请假, 三天', 'two\nlines\n', '{x}', '100%', '*', '&a', '|', 'true'];

/** Random changes of a definition from a seed, for the test of texts: everything that an editor could do. */
export class Wheel {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below `bound`; mulberry32. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 4_294_967_296) * bound);
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** Makes one change, and names it. */
  change(draft: Definition): string {
    const changes: Record<string, () => void> = {
      name: () => (draft.name = this.#words()),
      description: () => (draft.description = this.#words()),
      title: () => (draft.title = this.one([null, ...texts])),
      addNode: () => draft.nodes.splice(this.below(draft.nodes.length + 1), 0, this.#node()),
      removeNode: () => void draft.nodes.splice(this.below(draft.nodes.length), 1),
      changeNode: () => this.#changeNode(this.one(draft.nodes)),
      moveNode: () => this.#move(draft.nodes),
      addLink: () => draft.links.push({ from: this.#name(), to: this.#name(), ...this.one([{}, { when: this.one(texts) }, { otherwise: true }]) }),
      removeLink: () => void draft.links.splice(this.below(draft.links.length), 1),
      moveLink: () => this.#move(draft.links),
      linkText: () => {
        const link = this.one(draft.links);
        if (link !== undefined) link.text = this.one([null, this.#words()]);
      },
      addField: () => (draft.form = [...(draft.form ?? []), { id: this.#name(), label: this.#words(), type: 'number', min: this.below(9) - 4.5 }]),
      moveField: () => this.#move(draft.form ?? []),
      changeField: () => {
        const field = this.one(draft.form ?? []);
        if (field === undefined) return;
        field.help = this.#words();
        field.max = this.one([null, 3, 0.5]);
        field.options = this.one([[], [{ value: this.one(texts), label: this.#words() }]]);
      },
      rules: () => (draft.rules = this.one([{}, { loop_cap: 1 + this.below(30) }, { ...draft.rules, resubmit: 'direct' as const }])),
      layout: () => (draft.layout = this.one<Layout>([{}, { start: [this.below(900) - 450, this.below(900)] }])),
    };
    const name = this.one(Object.keys(changes));
    changes[name]?.();
    return name;
  }

  #name(): string {
    return `x${this.below(1_000_000)}`;
  }

  #words(): string | { zh: string; en: string } {
    return this.below(3) === 0 ? this.one(texts) : { zh: this.one(texts), en: this.one(texts) };
  }

  #node(): FlowNode {
    const named = { id: this.#name(), name: this.#words() };
    return this.one<FlowNode>([
      { ...named, kind: 'fork' },
      { ...named, kind: 'approve', who: ['manager', { group: this.one(texts) }], rule: this.one(['any', { percent: 50 }]), return_to: [] },
      { ...named, kind: 'run', script: this.one(texts), parameters: { A: this.one(texts), B: 'days' }, batches: ['1', '25%', 'rest'] },
    ]);
  }

  #changeNode(node: FlowNode | undefined): void {
    if (node === undefined) return;
    node.name = this.#words();
    if (node.kind === 'approve') {
      node.timeouts = this.one([[], [{ after: '2h', then: 'remind' as const, to: [] }]]);
      node.fields = this.one<Record<string, Access>>([{}, { days: 'write' }]);
      node.own = this.below(2) === 0;
    }
    if (node.kind === 'run') {
      node.script = this.one(texts);
      node.environment = this.one([null, 'x', { field: 'y' }]);
      node.secrets = this.one([[], ['TOKEN']]);
    }
  }

  #move(list: unknown[]): void {
    const [part] = list.splice(this.below(list.length), 1);
    if (part !== undefined) list.splice(this.below(list.length + 1), 0, part);
  }
}
