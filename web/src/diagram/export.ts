import type { Language } from '../i18n/language.svelte';
import { colorOrNothing } from './colors';
import { arrowPath, colorsOf, drawNode, linkPath, type Drawing } from './drawing';
import { figurePath, n, type Box, type Point } from './figures';
import type { Direction } from './geometry';
import { layoutDiagram } from './layout';
import type { LinkLabel } from './labels';
import { withImplied } from './links';
import { ellipsize } from './measure';
import { t } from './messages';
import { isPlaced, layoutPlaced } from './placed';
import { wordsIn, type DiagramLink, type DiagramModel, type DiagramNode } from './model';
import { sizeLink, sizeNode, text, type NodeSize } from './sizing';
import { linkTones, type Tone } from './states';

export interface ExportOptions {
  language: Language;
  layout?: 'layered' | 'tree';
  direction?: Direction;
  /** Long flows go on in further rows to fit this; without one they are as long as they are. */
  pane?: { width: number; height: number };
  /** What a screen reader and a tooltip say about the file. */
  title?: string;
}

/** The light theme of tokens.css: a file goes into mails and onto paper. */
export const light = {
  bg: '#ffffff',
  frame: '#f6f7f9',
  line: '#e4e7ec',
  ink: '#161b26',
  soft: '#4d5666',
  tones: {
    idle: { stroke: '#646e80', fill: '#f0f2f5' },
    ok: { stroke: '#12703f', fill: '#e3f6ec' },
    run: { stroke: '#1a57c4', fill: '#e4eefe' },
    wait: { stroke: '#7c5000', fill: '#fff3d6' },
    bad: { stroke: '#b3261e', fill: '#fde9e7' },
  } satisfies Record<Tone, { stroke: string; fill: string }>,
} as const;

const FONT = 'Inter, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif';
const MARGIN = 16;

/** The diagram as a file that stands alone: plain SVG with nothing but presentation attributes. */
export function exportSvg(model: DiagramModel, options: ExportOptions): string {
  const { language, layout = 'layered', direction = 'right', pane = null, title } = options;
  const sizes = model.nodes.map((node) => sizeNode(node, language, direction));
  const links = withImplied(model);
  const sized = links.map((link) => sizeLink(link, language));
  const placed = isPlaced(model.nodes)
    ? layoutPlaced(sizes.map((size, index) => ({ ...size, at: model.nodes[index]?.at })), sized)
    : layoutDiagram(sizes, sized, { layout, direction, pane });
  const { left, top, right, bottom } = placed.bounds;
  const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN];
  const area = { x: left - MARGIN, y: top - MARGIN, width, height };
  const parts = [
    title === undefined ? '' : `<title>${escape(title)}</title>`,
    element('rect', { ...area, fill: light.bg }),
    ...[...placed.frames.values()].map(frameOf),
    ...links.map((link) => linkOf(link, placed.routes.get(link.id) ?? [], placed.labels.get(link.id), language)),
    ...model.nodes.map((node, index) => {
      const [size, box] = [sizes[index], placed.boxes.get(node.id)];
      return size === undefined || box === undefined ? '' : nodeOf(node, size, box, language);
    }),
  ];
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: [area.x, area.y, width, height].map(n).join(' '),
    'font-family': FONT,
    role: 'img',
  };
  return `${element('svg', root, `\n${parts.filter((part) => part !== '').join('\n')}\n`)}\n`;
}

/** An element with attributes; those that are undefined are left out. The content is markup already. */
function element(name: string, attributes: Record<string, string | number | undefined>, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? n(value) : escape(value ?? '')}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

const round = { 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };

function frameOf({ x, y, width, height }: Box): string {
  const place = { x: x - width / 2, y: y - height / 2, width, height };
  return element('rect', { ...place, rx: 10, fill: light.frame, stroke: light.line });
}

function linkOf(link: DiagramLink, points: readonly Point[], label: LinkLabel | undefined, language: Language): string {
  if (points.length < 2) return '';
  const stroke = colorOrNothing(link.color) ?? light.tones[linkTones[link.state]].stroke;
  const line = element(
    'g',
    { fill: 'none', stroke, 'stroke-width': 1.4, ...round },
    element('path', { d: linkPath(points), 'stroke-dasharray': link.state === 'live' ? '5 4' : undefined }) +
      element('path', { d: arrowPath(points) }),
  );
  const words = wordsIn(language, link.text);
  if (words === '' || label === undefined) return line;
  const { x, y, anchor, room } = label;
  const place = { x, y, 'text-anchor': anchor, 'font-size': text.noteSize };
  const shown = escape(ellipsize(words, room, text.noteSize));
  // Drawn twice, because not every program knows `paint-order`.
  const halo = element('text', { ...place, fill: light.bg, stroke: light.bg, 'stroke-width': 4, ...round }, shown);
  return line + halo + element('text', { ...place, fill: light.soft }, shown);
}

function nodeOf(node: DiagramNode, size: NodeSize, box: Box, language: Language): string {
  const drawing = drawNode(node, size, language, (state) => String(t.catalogues[language][state]));
  const tone = light.tones[drawing.look.tone];
  const colors = colorsOf(node);
  const ink = colors.ink ?? light.ink;
  const figure = element('path', {
    d: figurePath(node.shape, size.figure.width, size.figure.height),
    fill: colors.fill ?? tone.fill,
    stroke: colors.stroke ?? colors.fill ?? tone.stroke,
    'stroke-width': 1.4,
    'stroke-linejoin': 'round',
    'stroke-dasharray': drawing.look.isDashed ? '5 3.5' : undefined,
  });
  const lines = drawing.lines.map(({ x, y, text: words }) =>
    element('text', { x, y, 'text-anchor': drawing.anchor, 'font-size': text.size, fill: ink }, escape(words)),
  );
  const content = [
    panelOf(drawing, colors.background),
    size.template.placement === 'only' ? '' : figure,
    ...lines,
    noteOf(drawing, colors.ink ?? (drawing.look.tone === 'idle' ? light.soft : tone.stroke)),
  ];
  return element('g', { transform: `translate(${n(box.x)} ${n(box.y)})` }, content.join(''));
}

function panelOf({ panel }: Drawing, background: string | undefined): string {
  return panel === null || background === undefined ? '' : element('rect', { ...panel, rx: 4, fill: background });
}

function noteOf({ note }: Drawing, color: string): string {
  if (note === null) return '';
  const { icon, x, y } = note;
  const transform = `translate(${n(icon.x)} ${n(icon.y)})`;
  return (
    element('path', { transform, d: icon.path, fill: 'none', stroke: color, 'stroke-width': 1.6, ...round }) +
    element('text', { x, y, 'font-size': text.noteSize, fill: color }, escape(note.text))
  );
}

/** For text between tags and in attributes; XML knows no other control characters than these three. */
function escape(words: string): string {
  const safe = [...words].filter((character) => character >= ' ' || '\t\n\r'.includes(character)).join('');
  return safe.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
