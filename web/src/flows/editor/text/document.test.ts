import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import type { Definition } from '../definition';
import { readYaml, yamlOf } from './document';
import { isSame, plainOf } from './plain';
import { Wheel } from './wheel.fixture';

const folder = `${import.meta.dirname}/../../../../../crates/flow/flows`;
const samples = readdirSync(folder).map((name) => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8') }));

function definitionOf(text: string): Definition {
  const { definition, problems } = readYaml(text);
  expect(problems).toEqual([]);
  return definition as Definition;
}

function edited(text: string, change: (draft: Definition) => void): string {
  const draft = structuredClone(definitionOf(text));
  change(draft);
  const after = yamlOf(draft, text);
  expect(isSame(plainOf(definitionOf(after)), plainOf(draft)), after).toBe(true);
  return after;
}

/** The lines that are only in one of the two. */
function difference(before: string, after: string): { gone: string[]; fresh: string[] } {
  const [one, other] = [before.split('\n'), after.split('\n')];
  return { gone: one.filter((line) => !other.includes(line)), fresh: other.filter((line) => !one.includes(line)) };
}

describe.each(samples)('$name', ({ text }) => {
  test('stays byte for byte when nothing has changed', () => {
    const definition = definitionOf(text);
    expect(yamlOf(structuredClone(definition), text)).toBe(text);
    // The server fills in what is left out.
    expect(yamlOf({ ...definition, rules: { loop_cap: 20, ...definition.rules } }, text)).toBe(text);
  });

  test('changes in one line when one name changes', () => {
    const after = edited(text, (draft) => {
      const [node] = draft.nodes;
      if (node) node.name = { zh: '起点', en: 'Begin' };
    });
    const { gone, fresh } = difference(text, after);
    expect(gone.length).toBe(1);
    expect(gone[0]).toContain('{zh: 开始, en: Start}');
    expect(fresh.length).toBe(1);
    expect(fresh[0]).toContain('{zh: 起点, en: Begin}');
  });

  test('says the same when it is written anew', () => {
    const definition = definitionOf(text);
    const fresh = yamlOf(definition, '');
    expect(isSame(plainOf(definitionOf(fresh)), plainOf(definition)), fresh).toBe(true);
  });
});

const commented = `# what it is for
flow: leave # the slug
name: Leave

form:
  # how long
  - {id: days, label: Days, type: number} # in days
  - {id: why, label: Why, type: text}
nodes:
  - {id: start, name: Start, kind: start}
  # the boss decides
  - id: boss
    name: Boss
    kind: approve
    who: [manager] # whoever that is
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: boss}
  # and that is all
  - {from: boss, to: end}
`;

test('comments stay with what they are about', () => {
  const after = edited(commented, (draft) => {
    draft.flow = 'holiday';
    draft.form?.reverse();
    draft.nodes.splice(1, 0, { id: 'copy', name: { zh: '抄送', en: 'Copy' }, kind: 'cc', who: ['requester'] });
    draft.links.push({ from: 'boss', to: 'copy', on: 'rejected' });
  });
  for (const comment of ['# what it is for', '# the slug', '# in days', '# whoever that is', '# and that is all']) {
    expect(after).toContain(comment);
  }
  const lines = after.split('\n');
  expect(lines[lines.indexOf('  # the boss decides') + 1]).toBe('  - id: boss');
  expect(after).toContain('  - {id: copy, name: {zh: 抄送, en: Copy}, kind: cc, who: [requester]}');
  expect(after).toContain('  - {from: boss, to: copy, on: rejected}');
});

test('a new key stands where people look for it', () => {
  const after = edited(commented, (draft) => {
    draft.title = '{days}';
    const boss = draft.nodes[1];
    if (boss?.kind === 'approve') boss.rule = { quorum: 2 };
  });
  expect(after).toMatch(/name: Leave\ntitle: "?'?\{days\}/);
  expect(after).toMatch(/who: \[manager\] # whoever that is\n {4}rule: \{quorum: 2\}/);
});

test('a script is a block, and text that looks like a number stays text', () => {
  const after = edited(commented, (draft) => {
    draft.nodes.push({ id: 'build', name: '2026', kind: 'run', script: 'set -eu\n\nmake\n', failures: '10%', batches: ['1', '25%', 'rest'] });
  });
  expect(after).toContain('script: |\n      set -eu\n\n      make\n');
  expect((parse(after) as { nodes: { name: unknown }[] }).nodes.at(-1)?.name).toBe('2026');
});

test('a mistake has a line and a column', () => {
  const place = (text: string) => readYaml(text).problems.map(({ line, column, code }) => ({ line, column, code }))[0];
  expect(place(commented.replace('links:', 'lonks:'))).toEqual({ line: 2, column: 1, code: 'missing' });
  expect(place(`${commented}lonks: []\n`)).toEqual({ line: 21, column: 1, code: 'unknown_key' });
  expect(place(commented.replace('kind: approve', 'kind: dance'))).toEqual({ line: 14, column: 11, code: 'wrong' });
  expect(place(commented.replace('[manager]', 'manager'))).toEqual({ line: 15, column: 10, code: 'wrong' });
  expect(place('flow: a\n  name: [')?.code).toBe('syntax');
  expect(readYaml('').definition).toBeNull();
});

test('a text with aliases is written anew, and says the same', () => {
  const text = commented.replace('name: Leave', 'name: &n Leave').replace('name: Boss', 'name: *n');
  const after = edited(text, (draft) => {
    draft.flow = 'other';
  });
  expect(definitionOf(after).nodes[1]?.name).toBe('Leave');
});

test.each(samples)('random edits of $name keep the model and its text equal', ({ text: begin }) => {
  for (let seed = 1; seed <= 6; seed += 1) {
    const wheel = new Wheel(seed);
    let text = begin;
    let definition = definitionOf(text);
    for (let step = 0; step < 10; step += 1) {
      const draft = structuredClone(definition);
      const what = wheel.change(draft);
      text = yamlOf(draft, text);
      const again = definitionOf(text);
      expect(isSame(plainOf(again), plainOf(draft)), `seed ${seed}, step ${step}, ${what}\n${text}`).toBe(true);
      // What was read gives the same text again.
      expect(yamlOf(again, text)).toBe(text);
      definition = again;
    }
    expect(text.startsWith(begin.slice(0, begin.indexOf('\n')))).toBe(true);
  }
}, 30_000);
