/** Names that the tutorials of diagram libraries use; other names are passed on, but not weighed. */
const named: Record<string, string> = {
  black: '#000000', white: '#ffffff', red: '#ff0000', green: '#008000', blue: '#0000ff', yellow: '#ffff00',
  orange: '#ffa500', purple: '#800080', navy: '#000080', teal: '#008080', maroon: '#800000', gray: '#808080',
  grey: '#808080', darkgreen: '#006400', darkred: '#8b0000', darkblue: '#00008b', brown: '#a52a2a',
};

const COLOR = /^(#[0-9a-f]{3,8}|[a-z]{3,24}|(rgb|hsl)a?\([\d\s.,%/deg-]{1,60}\))$/i;

/** The colour when it is one and nothing else, for example no `url(…)`; else undefined. */
export function colorOrNothing(text: string | undefined): string | undefined {
  return text !== undefined && COLOR.test(text) ? text : undefined;
}

const DARK_INK = '#161b26';
const LIGHT_INK = '#ffffff';

/** An ink that can be read on this colour, whatever the theme; colours that are not known count as light. */
export function inkOn(fill: string): string {
  const hex = named[fill.toLowerCase()] ?? fill;
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(hex.length === 4 ? doubled(hex) : hex);
  if (match === null) return DARK_INK;
  const [red = 0, green = 0, blue = 0] = match.slice(1).map((channel) => {
    const value = Number.parseInt(channel, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  // 0.18 is where black and white have the same contrast.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? DARK_INK : LIGHT_INK;
}

function doubled(hex: string): string {
  return `#${[...hex.slice(1)].map((digit) => digit + digit).join('')}`;
}
