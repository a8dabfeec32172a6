export interface Token {
  kind: 'name' | 'text' | 'number' | 'sign' | 'space';
  text: string;
  /** Where it begins. */
  at: number;
}

const pattern = /("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|([\p{L}_][\p{L}\p{N}_]*)|(\d[\w.]*)|(\s+)|(&&|\|\||[=!<>]=|[^\s\p{L}\p{N}_])/gsu;

/** The parts of a CEL expression, also of one that is still being typed. Together they are the expression. */
export function tokensOf(source: string): Token[] {
  return [...source.matchAll(pattern)].map((match) => {
    const [text, quoted, name, number, space] = match;
    const kind = quoted ? 'text' : name ? 'name' : number ? 'number' : space ? 'space' : 'sign';
    return { kind, text, at: match.index };
  });
}

/** The names with dots that stand at each name: `total.items.price` has three of them. An index counts as no step. */
export function pathsOf(tokens: readonly Token[]): Map<Token, readonly string[]> {
  const paths = new Map<Token, readonly string[]>();
  const solid = tokens.filter(({ kind }) => kind !== 'space');
  for (const [place, token] of solid.entries()) {
    if (token.kind !== 'name') continue;
    const before = solid[place - 1]?.text === '.' ? pathBefore(solid, place - 2, paths) : [];
    paths.set(token, [...before, token.text]);
  }
  return paths;
}

/** The path that ends at this token: a name, or an index after one. */
function pathBefore(solid: readonly Token[], end: number, paths: ReadonlyMap<Token, readonly string[]>): readonly string[] {
  let place = end;
  while (solid[place]?.text === ']') {
    let depth = 0;
    do {
      if (solid[place]?.text === ']') depth += 1;
      if (solid[place]?.text === '[') depth -= 1;
      place -= 1;
    } while (depth > 0 && place >= 0);
  }
  const token = solid[place];
  return (token && paths.get(token)) ?? [''];
}
