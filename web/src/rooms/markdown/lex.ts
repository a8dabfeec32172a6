import { Marked, type Token } from 'marked';

const marked = new Marked({ gfm: true, breaks: true });

/** Drawn deeper than this, quotes and lists are shown as the text that they were written as. */
export const MAX_DEPTH = 8;

/** Lists draw a message again each time that it scrolls into view; reading its text once is enough. */
const known = new Map<string, Token[]>();
const KNOWN_AT_MOST = 600;

/** So many quote or list signs in a row are no quote but a way to keep the page busy. */
const tooDeep = /^(?:[>*+\-\s]|\d+[.)]){60}/m;

export function tokensOf(text: string): Token[] {
  const tokens = known.get(text);
  if (tokens) return tokens;
  const fresh = lexed(text);
  if (known.size >= KNOWN_AT_MOST) known.delete(known.keys().next().value ?? '');
  known.set(text, fresh);
  return fresh;
}

function lexed(text: string): Token[] {
  if (!tooDeep.test(text)) {
    try {
      return marked.lexer(text);
    } catch {
      // Nested beyond what the stack holds: shown as it was written.
    }
  }
  return [{ type: 'text', raw: text, text }];
}

/** The address when it is one that a message may lead to, else null. */
export function safeAddress(href: string): string | null {
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export type TextPart = { kind: 'text'; text: string } | { kind: 'mention'; person: number; text: string };

/** Cuts a text at the `@usernames` that the server found to be people. */
export function textParts(text: string, personOf: ReadonlyMap<string, number>): TextPart[] {
  if (personOf.size === 0 || !text.includes('@')) return [{ kind: 'text', text }];
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(/@([\p{L}\p{N}_][\p{L}\p{N}_.-]*)/gu)) {
    const username = longestKnown(match[1] ?? '', personOf);
    const person = username === null ? undefined : personOf.get(username.toLowerCase());
    if (username === null || person === undefined) continue;
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) });
    from = match.index + 1 + username.length;
    parts.push({ kind: 'mention', person, text: text.slice(match.index, from) });
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/** The point of `@ann.` ends a sentence, and in `@ann你好` no space parts the name from the text. */
function longestKnown(word: string, personOf: ReadonlyMap<string, number>): string | null {
  const letters = [...word];
  for (let length = Math.min(letters.length, 64); length > 0; length -= 1) {
    const candidate = letters.slice(0, length).join('');
    if (personOf.has(candidate.toLowerCase())) return candidate;
  }
  return null;
}

/** What a message says in one line, for quotes and announcements: without the signs of Markdown. */
export function plainLine(text: string): string {
  return text
    .replace(/```[^\n]*\n?/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(^|\s)[>#]+\s/g, '$1')
    .replace(/(\*\*|__|~~|`)/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
