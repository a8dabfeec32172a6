import { describe, expect, it } from 'vitest';
import { applyChanges, type DiagramModel } from '../../diagram/model';
import { change, drawn } from './fixtures';
import { changeIndexAt, DiagramFold, withChanges } from './fold';

const start: DiagramModel = { nodes: [drawn('a', 'idle'), drawn('b', 'idle')], links: [] };
const changes = [change(2, 'a', 'waiting'), change(5, 'a', 'done'), change(6, 'b', 'waiting')];

function statesAt(seq: number): string[] {
  return new DiagramFold(start).at(changes, seq).nodes.map(({ state }) => state);
}

describe('the diagram at an entry', () => {
  it('is the beginning before the first change', () => {
    expect(statesAt(1)).toEqual(['idle', 'idle']);
  });

  it('has the changes up to the entry, chat in between changes nothing', () => {
    expect(statesAt(2)).toEqual(['waiting', 'idle']);
    expect(statesAt(4)).toEqual(['waiting', 'idle']);
    expect(statesAt(6)).toEqual(['done', 'waiting']);
    expect(statesAt(99)).toEqual(['done', 'waiting']);
  });

  it('is the same whichever way one comes to it, also in a long order', () => {
    const long = Array.from({ length: 150 }, (_, index) => change(index * 3 + 1, `n${index % 7}`, index % 2 === 0 ? 'waiting' : 'done'));
    const fold = new DiagramFold(start);
    for (const seq of [448, 1, 300, 97, 299, 448, 96, 200]) {
      const folded = long.filter((one) => one.seq <= seq).reduce((model, one) => applyChanges(model, one.changes), start);
      expect(fold.at(long, seq)).toEqual(folded);
    }
  });

  it('goes on when changes are added at the end', () => {
    const fold = new DiagramFold(start);
    const long = Array.from({ length: 40 }, (_, index) => change(index + 1, 'a', 'waiting'));
    fold.at(long, 40);
    expect(fold.at([...long, change(41, 'b', 'done')], 41).nodes.map(({ state }) => state)).toEqual(['waiting', 'done']);
  });
});

it('finds the last change at or before an entry', () => {
  expect([1, 2, 4, 5, 7].map((seq) => changeIndexAt(changes, seq))).toEqual([-1, 0, 0, 1, 2]);
});

it('changes that come twice count once', () => {
  const known = changes.slice(0, 2);
  expect(withChanges(known, changes)).toEqual(changes);
  expect(withChanges(changes, known)).toBe(changes);
});
