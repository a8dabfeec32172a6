import type { FlowProblem } from './types';

/** Where a problem stands in the text, from 1: for a node or a field, the line with its `id`. Null: nowhere. */
export function lineOf({ line, node, field }: Partial<FlowProblem>, yaml: string): number | null {
  if (typeof line === 'number') return line;
  const id = node ?? field;
  return typeof id === 'string' ? lineOfId(id, yaml) : null;
}

function lineOfId(name: string, yaml: string): number | null {
  const wanted = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const id = new RegExp(String.raw`(?:^|[\s{,-])id:\s*["']?${wanted}["']?\s*(?:[,}#]|$)`);
  const index = yaml.split('\n').findIndex((text) => id.test(text));
  return index === -1 ? null : index + 1;
}

/** Where the line begins and ends in the text, for a selection. */
export function rangeOfLine(text: string, line: number): [number, number] {
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  return [Math.min(start, text.length), Math.min(start + (lines[line - 1]?.length ?? 0), text.length)];
}
