import { expect, test } from 'vitest';
import type { DiagramModel } from './model';
import { inReadingOrder } from './reading';

function model(nodes: string[], links: string[]): DiagramModel {
  return {
    nodes: nodes.map((name) => {
      const [id = '', parent] = name.split('@');
      return { id, parent, kind: 'approve', shape: 'rounded', text: { zh: id, en: id }, state: 'idle' };
    }),
    links: links.map((link) => ({ id: link, from: link.charAt(0), to: link.charAt(1), state: 'idle' })),
  };
}

function read(nodes: string[], links: string[]): string {
  return inReadingOrder(model(nodes, links))
    .map(({ node, isInside }) => (isInside ? `(${node.id})` : node.id))
    .join(' ');
}

test('a node comes after everything that leads to it', () => {
  expect(read(['d', 'c', 'b', 'a'], ['ab', 'ac', 'bd', 'cd'])).toBe('a b c d');
});

test('hosts come after the node that they belong to', () => {
  expect(read(['a', 'b', 'x@a', 'y@a'], ['ab', 'ax'])).toBe('a (x) (y) b');
});

test('a way back does not lose anybody', () => {
  expect(read(['a', 'b', 'c'], ['ab', 'bc', 'cb', 'ca'])).toBe('a b c');
});

test('what nothing leads to is there, too', () => {
  expect(read(['a', 'b'], [])).toBe('a b');
});

test('hosts of each other end somewhere', () => {
  expect(read(['a@b', 'b@a'], []).split(' ')).toHaveLength(2);
});
