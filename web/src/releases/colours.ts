import type { Colour, Span, Style } from './ansi';

/** The first sixteen colours are the theme's, as classes; the others are what they say. */
const NAMED = 16;
const STEPS = [0, 95, 135, 175, 215, 255];

export interface Look {
  classes: string;
  ink?: string;
  surface?: string;
}

export function lookOf({ style }: Span): Look {
  const ink = style.inverse ? (style.surface ?? 'surface') : style.ink;
  const surface = style.inverse ? (style.ink ?? 'ink') : style.surface;
  const classes = [...switchesOf(style), classOf('ink', ink), classOf('surface', surface)].filter((name) => name !== '');
  return { classes: classes.join(' '), ink: ownColour(ink), surface: ownColour(surface) };
}

function switchesOf(style: Style): string[] {
  return (['bold', 'dim', 'italic', 'underline', 'struck'] as const).filter((name) => style[name]);
}

function classOf(part: 'ink' | 'surface', colour: Colour | 'ink' | 'surface' | null): string {
  if (colour === 'ink' || colour === 'surface') return `${part}-${colour}`;
  return typeof colour === 'number' && colour < NAMED ? `${part}-${colour}` : '';
}

function ownColour(colour: Colour | 'ink' | 'surface' | null): string | undefined {
  if (colour === null || colour === 'ink' || colour === 'surface') return undefined;
  if (typeof colour === 'string') return colour;
  return colour < NAMED ? undefined : paletteColour(colour);
}

/** A cube of six steps a channel, then 24 greys. */
export function paletteColour(index: number): string {
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const cube = index - NAMED;
  const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => STEPS[step] ?? 0);
  return `rgb(${red} ${green} ${blue})`;
}
