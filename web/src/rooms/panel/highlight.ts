export interface Part {
  text: string;
  isHit: boolean;
}

/** So much stands before the first hit: it is to be seen without scrolling. */
const BEFORE_HIT = 40;

/** The text cut at each word of the query; when the first hit is far in, from shortly before it. */
export function highlightedParts(text: string, query: string): Part[] {
  const words = query.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return [{ text, isHit: false }];
  const pattern = new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'giu');
  const first = text.search(pattern);
  const shown = first > 2 * BEFORE_HIT ? `…${text.slice(first - BEFORE_HIT)}` : text;
  const parts: Part[] = [];
  let from = 0;
  for (const match of shown.matchAll(pattern)) {
    if (match.index > from) parts.push({ text: shown.slice(from, match.index), isHit: false });
    parts.push({ text: match[0], isHit: true });
    from = match.index + match[0].length;
  }
  if (from < shown.length) parts.push({ text: shown.slice(from), isHit: false });
  return parts;
}
