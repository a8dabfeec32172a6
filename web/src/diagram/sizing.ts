import type { Language } from '../i18n/language.svelte';
import { portOf } from './figures';
import type { Direction } from './geometry';
import type { SizedLink, SizedNode } from './layout';
import { widthOf, wrapText } from './measure';
import { wordsIn, type DiagramLink, type DiagramNode, type Shape } from './model';
import { templateOf, type Template } from './templates';

export const text = { size: 13, line: 17, noteSize: 11.5, noteLine: 16, icon: 12, iconGap: 4 } as const;

/** A node that is ready to be laid out and drawn. */
export interface NodeSize extends SizedNode {
  template: Template;
  figure: { width: number; height: number };
  lines: string[];
  linesWidth: number;
  /** The width that the second line may have, icon and all. */
  noteWidth: number;
  /** Where the text of a figure with a caption stands. */
  caption: 'inside' | 'below' | 'beside';
}

const NODE_WIDTH = { least: 120, most: 176 };
/** Hosts say more in their second line, and stand in a column where it costs nothing. */
const HOST_WIDTH = 150;
const CAPTION_WIDTH = 108;
const LINK_TEXT_WIDTH = 150;

/** How large a node is. The state and the note do not count: they change while nothing may move. */
export function sizeNode(node: DiagramNode, language: Language, direction: Direction): NodeSize {
  const template = templateOf(node);
  const words = wordsIn(language, node.text);
  const hasFigureOnly = template.placement === 'below' || template.placement === 'beside';
  const lines = words === '' ? [] : wrapText(words, hasFigureOnly ? CAPTION_WIDTH : textWidth(node.shape), text.size, 2);
  const linesWidth = Math.max(0, ...lines.map((line) => widthOf(line, text.size)));
  const figure = figureOf(node, template, lines.length, linesWidth, direction);
  const caption = captionOf(node.shape, template, direction);
  const noteWidth = caption === 'inside' ? noteRoom(node.shape, figure.width) : CAPTION_WIDTH;
  const { width, height } = roomAround(figure, caption, lines.length, linesWidth, template);
  const middle = { x: 0, y: 0, ...figure };
  const ports = {
    left: -portOf(node.shape, middle, 'left').x,
    right: portOf(node.shape, middle, 'right').x,
    top: -portOf(node.shape, middle, 'top').y,
    bottom: portOf(node.shape, middle, 'bottom').y,
  };
  return { id: node.id, parent: node.parent, width, height, ports, template, figure, lines, linesWidth, noteWidth, caption };
}

/** The width of a link's text, in steps: a few letters more or less move nothing. */
export function sizeLink(link: DiagramLink, language: Language): SizedLink {
  const width = Math.min(LINK_TEXT_WIDTH, widthOf(wordsIn(language, link.text), text.noteSize));
  return { id: link.id, from: link.from, to: link.to, label: width < 1 ? 0 : Math.ceil(width / 44) * 44 };
}

function captionOf(shape: Shape, { placement }: Template, direction: Direction): NodeSize['caption'] {
  // A bar across a flow that goes down has its words beside it, out of the way of its links.
  if (placement === 'below') return shape === 'bar' && direction === 'down' ? 'beside' : 'below';
  return placement === 'beside' ? 'beside' : 'inside';
}

function textWidth(shape: Shape): number {
  return shape === 'diamond' || shape === 'ellipse' ? 104 : NODE_WIDTH.most - 28;
}

function figureOf(
  { shape, parent }: DiagramNode,
  template: Template,
  lineCount: number,
  linesWidth: number,
  direction: Direction,
): { width: number; height: number } {
  if (template.figure !== undefined) {
    const { width, height } = template.figure;
    if (template.placement === 'inside') return { width: Math.max(width, linesWidth + 24), height };
    return shape === 'bar' && direction === 'down' ? { width: height * 1.5, height: width } : { width, height };
  }
  const more = Math.max(0, lineCount - 1) * text.line;
  if (template.placement === 'only') return { width: linesWidth + 2 * template.padding, height: more + text.line + 2 * template.padding };
  const least = !template.showsState ? 76 : parent !== undefined ? HOST_WIDTH : NODE_WIDTH.least;
  switch (shape) {
    case 'ellipse':
      return { width: Math.max(template.showsState ? 94 : 76, linesWidth + 44), height: 48 + more * 1.4 };
    case 'diamond':
      return { width: Math.max(136, linesWidth + 84), height: 70 + more };
    case 'hexagon':
      return { width: Math.max(least + 14, linesWidth + 48), height: 48 + more };
    case 'document':
      return { width: Math.max(least, linesWidth + 28), height: 56 + more };
    case 'cylinder':
      return { width: Math.max(least, linesWidth + 28), height: 60 + more };
    default:
      return { width: Math.max(least, linesWidth + 28), height: (parent !== undefined || !template.showsState ? 42 : 48) + more };
  }
}

/** How wide the second line may be where the figure is narrower than in its middle. */
function noteRoom(shape: Shape, width: number): number {
  if (shape === 'diamond') return width * 0.62;
  if (shape === 'ellipse') return width * 0.8;
  return width - (shape === 'hexagon' ? 32 : 14);
}

function roomAround(
  figure: { width: number; height: number },
  caption: NodeSize['caption'],
  lineCount: number,
  linesWidth: number,
  { padding, showsState }: Template,
): { width: number; height: number } {
  if (caption === 'inside') return figure;
  const words = lineCount * text.line + (showsState ? text.noteLine : 0);
  const wide = showsState ? Math.max(linesWidth, 76) : linesWidth;
  // The same on both sides of the figure, whose middle is the node's.
  if (caption === 'below') {
    const below = words === 0 ? 0 : words + 6;
    return { width: Math.max(figure.width, wide) + 2 * padding, height: figure.height + 2 * (below + padding) };
  }
  return { width: figure.width + 2 * (wide + 8 + padding), height: Math.max(figure.height, words) + 2 * padding };
}
