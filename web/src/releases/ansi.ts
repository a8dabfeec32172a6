/*
 * What terminals understand, as far as it is about looks: the colours and weights of "select graphic rendition".
 * Everything else that begins with an escape, such as moving the cursor, is left out.
 */

/** One of the 256 colours of a palette, or a colour of its own. */
export type Colour = number | `#${string}`;

export interface Style {
  readonly ink: Colour | null;
  readonly surface: Colour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly struck: boolean;
  readonly inverse: boolean;
}

export interface Span {
  text: string;
  style: Style;
}

export const PLAIN: Style = {
  ink: null,
  surface: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  struck: false,
  inverse: false,
};

const ESCAPE = '\u001b';
/** A control sequence, a text for the terminal itself (a title, a link's address), another escape, or a control character. */
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\u001b\[([0-9:;<=>?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** The text as pieces of one look each, and the look that goes on after it. */
export function parseAnsi(text: string, start: Style): { spans: Span[]; end: Style } {
  const spans: Span[] = [];
  let style = start;
  let from = 0;
  for (const match of text.matchAll(SEQUENCE)) {
    if (match.index > from) spans.push({ text: text.slice(from, match.index), style });
    from = match.index + match[0].length;
    if (match[2] === 'm') style = styleAfter(match[1] ?? '', style);
  }
  if (from < text.length) spans.push({ text: text.slice(from), style });
  return { spans, end: style };
}

/** The look that goes on after this text. */
export function lookAfter(text: string, start: Style): Style {
  return text.includes(ESCAPE) ? parseAnsi(text, start).end : start;
}

/** The text alone, as it is searched and copied. */
export function plainText(text: string): string {
  return text.replace(SEQUENCE, '');
}

function styleAfter(parameters: string, before: Style): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)));
  let style = before;
  while (codes.length > 0) {
    const code = codes.shift() ?? 0;
    if (code === 38 || code === 48) {
      const colour = colourFrom(codes);
      if (colour !== null) style = { ...style, [code === 38 ? 'ink' : 'surface']: colour };
    } else {
      style = styleWith(code, style);
    }
  }
  return style;
}

function styleWith(code: number, style: Style): Style {
  if (code >= 30 && code <= 37) return { ...style, ink: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, ink: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, surface: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, surface: code - 92 };
  return code === 0 ? PLAIN : { ...style, ...switches[code] };
}

const switches: Readonly<Record<number, Partial<Style>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { struck: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { struck: false },
  39: { ink: null },
  49: { surface: null },
};

/** `5;n` is one of the palette, `2;r;g;b` a colour of its own. */
function colourFrom(codes: number[]): Colour | null {
  const kind = codes.shift();
  if (kind === 5) return bounded(codes.shift());
  if (kind !== 2) return null;
  const [red, green, blue] = [bounded(codes.shift()), bounded(codes.shift()), bounded(codes.shift())];
  return `#${[red, green, blue].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function bounded(value: number | undefined): number {
  return Math.max(0, Math.min(255, Math.trunc(value ?? 0) || 0));
}
