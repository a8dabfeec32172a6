import { piecesOf, type Highlight } from './highlight';

const pattern = new RegExp(
  [
    String.raw`(?<comment>(?<=^|\s)#.*)`,
    String.raw`(?<name>(?<=^\s*|[-{,]\s*)[\w-]+(?=:(?:\s|$)))`,
    String.raw`(?<text>(?<=^|[\s[{,:])(?:'(?:''|[^'])*'?|"(?:\\.|[^"\\])*"?))`,
    String.raw`(?<word>(?<=[\s:[{,])(?:true|false|null)(?=[\s,}\]]|$))`,
    String.raw`(?<number>(?<=[\s:[{,])-?\d[\d.]*(?=[\s,}\]]|$))`,
  ].join('|'),
  'g',
);

/** YAML; a block such as a script is text as far as it is indented. */
export const yamlLines: Highlight = (text) => {
  let block: number | null = null;
  return text.split('\n').map((line) => {
    const indent = line.search(/\S/);
    if (block !== null && (indent === -1 || indent > block)) return [{ kind: 'text', text: line }];
    block = /(?:^|\s)[|>][+-]?\d?\s*(?:#.*)?$/.test(line) && /:\s+[|>]/.test(line) ? indent : null;
    return piecesOf(line, pattern);
  });
};
