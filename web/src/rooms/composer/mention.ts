/** The `@name` that the caret stands in, while it is being typed. */
export interface MentionQuery {
  /** Where the `@` stands. */
  from: number;
  /** Where the caret stands. */
  to: number;
  query: string;
}

/**
 * Chinese puts no space before `@`, so any character may stand there but those of an address:
 * `ann@example` asks for nobody.
 */
const beforeCaret = /(?:^|[^A-Za-z0-9_.%+-])@([\p{L}\p{N}_.-]{0,40})$/u;

export function mentionAt(text: string, caret: number): MentionQuery | null {
  const match = beforeCaret.exec(text.slice(Math.max(0, caret - 60), caret));
  if (!match) return null;
  const query = match[1] ?? '';
  return { from: caret - query.length - 1, to: caret, query };
}

/** The text with the name in place of what was typed, and where the caret goes. */
export function complete(text: string, { from, to }: MentionQuery, username: string): { text: string; caret: number } {
  const rest = text.slice(to);
  const name = `@${username}${rest.startsWith(' ') ? '' : ' '}`;
  const caret = from + name.length + (rest.startsWith(' ') ? 1 : 0);
  return { text: text.slice(0, from) + name + rest, caret };
}
