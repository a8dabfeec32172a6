import type { Language } from '../i18n/language.svelte';
import { colorOrNothing, inkOn } from './colors';
import { n, type Point } from './figures';
import { ellipsize, widthOf } from './measure';
import { wordsIn, type DiagramNode, type NodeState } from './model';
import { text, type NodeSize } from './sizing';
import { looks, withoutSign, type Look } from './states';
import { templateOf } from './templates';

/*
 * What stands where inside a node and along a link, as numbers: the component and the exported file
 * draw from the same ones. Everything is relative to the middle of the figure.
 */

export type Anchor = 'start' | 'middle' | 'end';

export interface Drawing {
  lines: { text: string; x: number; y: number }[];
  anchor: Anchor;
  note: { text: string; x: number; y: number; icon: { x: number; y: number; path: string } } | null;
  /** The surface behind figure and text. */
  panel: { x: number; y: number; width: number; height: number } | null;
  look: Look;
}

export function drawNode(node: DiagramNode, size: NodeSize, language: Language, stateWord: (state: NodeState) => string): Drawing {
  const look = looks[node.state];
  const note = size.template.showsState ? withoutSign(wordsIn(language, node.note)) || stateWord(node.state) : '';
  const noteText = note === '' ? '' : ellipsize(note, size.noteWidth - text.icon - text.iconGap, text.noteSize);
  const anchor: Anchor = size.caption === 'beside' ? 'start' : 'middle';
  const x = size.caption === 'beside' ? size.figure.width / 2 + 8 : 0;
  const top = topOfText(node, size, noteText !== '');
  const noteY = top + size.lines.length * text.line + 11.5;
  const noteSpan = widthOf(noteText, text.noteSize) + text.icon + text.iconGap;
  const noteX = anchor === 'start' ? x : -noteSpan / 2;
  return {
    lines: size.lines.map((line, index) => ({ text: line, x, y: top + index * text.line + 13 })),
    anchor,
    note:
      noteText === ''
        ? null
        : { text: noteText, x: noteX + text.icon + text.iconGap, y: noteY, icon: { x: noteX, y: noteY - 10, path: look.icon } },
    panel: panelOf(size),
    look,
  };
}

function topOfText(node: DiagramNode, size: NodeSize, hasNote: boolean): number {
  const height = size.lines.length * text.line + (hasNote ? text.noteLine : 0);
  if (size.caption === 'below') return size.figure.height / 2 + 4;
  // The wave takes room below, the cap takes room above.
  const shift = node.shape === 'document' ? -4 : node.shape === 'cylinder' ? 4 : 0;
  return shift - height / 2;
}

function panelOf({ caption, template: { padding }, figure, lines, linesWidth }: NodeSize): Drawing['panel'] {
  const words = lines.length * text.line;
  if (caption === 'beside') {
    const height = Math.max(figure.height, words) + 2 * padding;
    return { x: -figure.width / 2 - padding, y: -height / 2, width: figure.width + 8 + linesWidth + 2 * padding, height };
  }
  const width = Math.max(figure.width, linesWidth) + 2 * (caption === 'below' ? padding : 0);
  const around = caption === 'below' ? padding : 0;
  const below = caption === 'below' && words > 0 ? words + 6 : 0;
  return { x: -width / 2, y: -figure.height / 2 - around, width, height: figure.height + below + 2 * around };
}

/** The colours that a node brings along, as far as they are colours; `ink` can be read on its fill. */
export function colorsOf(node: DiagramNode): { fill?: string; stroke?: string; ink?: string; background?: string } {
  const { colors } = node;
  if (colors === undefined) return {};
  const fill = colorOrNothing(colors.fill);
  const background = colorOrNothing(colors.background);
  // Words beside a figure stand on the panel, if there is one; else on the canvas, whose ink follows the theme.
  const { placement } = templateOf(node);
  const behind = placement === 'inside' ? fill : background;
  return {
    fill,
    stroke: colorOrNothing(colors.stroke),
    ink: colorOrNothing(colors.text) ?? (behind === undefined ? undefined : inkOn(behind)),
    background,
  };
}

const CORNER = 7;

/** A line with rounded corners through these points. */
export function linkPath(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return '';
  let path = `M${n(first.x)} ${n(first.y)}`;
  for (const [index, corner] of others.entries()) {
    const before = points[index];
    const after = others[index + 1];
    if (before === undefined) continue;
    if (after === undefined) {
      path += `L${n(corner.x)} ${n(corner.y)}`;
      continue;
    }
    const radius = Math.min(CORNER, distance(before, corner) / 2, distance(corner, after) / 2);
    const into = towards(corner, before, radius);
    const out = towards(corner, after, radius);
    path += `L${n(into.x)} ${n(into.y)}Q${n(corner.x)} ${n(corner.y)} ${n(out.x)} ${n(out.y)}`;
  }
  return path;
}

/** An open arrow head at the end of the line. */
export function arrowPath(points: readonly Point[]): string {
  const tip = points.at(-1);
  const before = points.at(-2);
  if (tip === undefined || before === undefined) return '';
  const length = distance(before, tip) || 1;
  const x = (tip.x - before.x) / length;
  const y = (tip.y - before.y) / length;
  const wing = (side: 1 | -1) => `${n(tip.x - 6.5 * x - 4 * side * y)} ${n(tip.y - 6.5 * y + 4 * side * x)}`;
  return `M${wing(1)}L${n(tip.x)} ${n(tip.y)}L${wing(-1)}`;
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * length) / whole, y: from.y + ((to.y - from.y) * length) / whole };
}
