import type { Language } from '../i18n/language.svelte';
import { colorOrNothing } from './colors';
import { arrowPath, colorsOf, drawNode, labelPlace, linkPath, type Drawing } from './drawing';
import { figurePath, n, type Box, type Point } from './figures';
import type { Direction } from './geometry';
import { layoutDiagram } from './layout';
import { sharesOf, withImplied, type Shares } from './links';
import { ellipsize } from './measure';
import { t } from './messages';
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

const FONT = 'Inter, &quot;Noto Sans SC&quot;, &quot;PingFang SC&quot;, &quot;Microsoft YaHei&quot;, system-ui, sans-serif';
const MARGIN = 16;

/** The diagram as a file that stands alone: plain SVG with nothing but presentation attributes. */
export function exportSvg(model: DiagramModel, options: ExportOptions): string {
  const { language, layout = 'layered', direction = 'right', pane = null, title } = options;
  const sizes = model.nodes.map((node) => sizeNode(node, language, direction));
  const links = withImplied(model);
  const placed = layoutDiagram(sizes, links.map((link) => sizeLink(link, language)), { layout, direction, pane });
  const { left, top, right, bottom } = placed.bounds;
  const [width, height] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN];
  const shares = sharesOf(links);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="${n(left - MARGIN)} ${n(top - MARGIN)} ${n(width)} ${n(height)}" font-family="${FONT}" role="img">`,
    title === undefined ? '' : `<title>${escape(title)}</title>`,
    `<rect x="${n(left - MARGIN)}" y="${n(top - MARGIN)}" width="${n(width)}" height="${n(height)}" fill="${light.bg}"/>`,
    ...[...placed.frames.values()].map(frameOf),
    ...links.map((link) => linkOf(link, placed.routes.get(link.id) ?? [], { shares: shares(link), language, direction })),
    ...model.nodes.map((node, index) => {
      const [size, box] = [sizes[index], placed.boxes.get(node.id)];
      return size === undefined || box === undefined ? '' : nodeOf(node, size, box, language);
    }),
    '</svg>',
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function frameOf({ x, y, width, height }: Box): string {
  return `<rect x="${n(x - width / 2)}" y="${n(y - height / 2)}" width="${n(width)}" height="${n(height)}" rx="10" fill="${light.frame}" stroke="${light.line}"/>`;
}

interface LinkContext {
  shares: Shares;
  language: Language;
  direction: Direction;
}

function linkOf(link: DiagramLink, points: readonly Point[], { shares, language, direction }: LinkContext): string {
  if (points.length < 2) return '';
  const color = colorOrNothing(link.color) ?? light.tones[linkTones[link.state]].stroke;
  const dash = link.state === 'live' ? ' stroke-dasharray="5 4"' : '';
  const line =
    `<g fill="none" stroke="${color}" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">` +
    `<path d="${linkPath(points)}"${dash}/><path d="${arrowPath(points)}"/></g>`;
  const words = wordsIn(language, link.text);
  if (words === '') return line;
  const { x, y, anchor, room } = labelPlace(points, shares, direction === 'right');
  // Drawn twice, because not every program knows `paint-order`.
  const place = `x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" font-size="${text.noteSize}"`;
  const shown = escape(ellipsize(words, room, text.noteSize));
  return `${line}<text ${place} fill="${light.bg}" stroke="${light.bg}" stroke-width="4" stroke-linejoin="round">${shown}</text><text ${place} fill="${light.soft}">${shown}</text>`;
}

function nodeOf(node: DiagramNode, size: NodeSize, box: Box, language: Language): string {
  const drawing = drawNode(node, size, language, (state) => String(t.catalogues[language][state]));
  const tone = light.tones[drawing.look.tone];
  const colors = colorsOf(node);
  const ink = colors.ink ?? light.ink;
  const dash = drawing.look.isDashed ? ' stroke-dasharray="5 3.5"' : '';
  const figure =
    size.template.placement === 'only'
      ? ''
      : `<path d="${figurePath(node.shape, size.figure.width, size.figure.height)}" fill="${colors.fill ?? tone.fill}" stroke="${colors.stroke ?? colors.fill ?? tone.stroke}" stroke-width="1.4" stroke-linejoin="round"${dash}/>`;
  const lines = drawing.lines.map((line) => `<text x="${n(line.x)}" y="${n(line.y)}" text-anchor="${drawing.anchor}" font-size="${text.size}" fill="${ink}">${escape(line.text)}</text>`);
  return [
    `<g transform="translate(${n(box.x)} ${n(box.y)})">`,
    panelOf(drawing, colors.background),
    figure,
    ...lines,
    noteOf(drawing, colors.ink ?? (drawing.look.tone === 'idle' ? light.soft : tone.stroke)),
    '</g>',
  ].join('');
}

function panelOf({ panel }: Drawing, background: string | undefined): string {
  if (panel === null || background === undefined) return '';
  return `<rect x="${n(panel.x)}" y="${n(panel.y)}" width="${n(panel.width)}" height="${n(panel.height)}" rx="4" fill="${background}"/>`;
}

function noteOf({ note }: Drawing, color: string): string {
  if (note === null) return '';
  const icon = `<path transform="translate(${n(note.icon.x)} ${n(note.icon.y)})" d="${note.icon.path}" fill="none" stroke="${color}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`;
  return `${icon}<text x="${n(note.x)}" y="${n(note.y)}" font-size="${text.noteSize}" fill="${color}">${escape(note.text)}</text>`;
}

/** For text between tags; XML knows no other control characters than these three. */
function escape(words: string): string {
  const safe = [...words].filter((character) => character >= ' ' || '\t\n\r'.includes(character)).join('');
  return safe.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
