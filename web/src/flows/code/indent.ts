/** A text and what is selected in it. */
export interface Selected {
  text: string;
  start: number;
  end: number;
}

const step = '  ';

/** What Tab does: a step in for every selected line, or spaces at the cursor. */
export function indented({ text, start, end }: Selected): Selected {
  if (!text.slice(start, end).includes('\n')) {
    return { text: text.slice(0, start) + step + text.slice(end), start: start + step.length, end: start + step.length };
  }
  return eachLine({ text, start, end }, (line) => (line === '' ? line : step + line));
}

/** What Shift+Tab does: a step out for every selected line, as far as it has one. */
export function outdented(selected: Selected): Selected {
  return eachLine(selected, (line) => line.replace(/^ {1,2}|^\t/, ''));
}

/** What Enter does: the new line begins where this one does. */
export function broken({ text, start, end }: Selected): Selected {
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  const at = start + 1 + indent.length;
  return { text: `${text.slice(0, start)}\n${indent}${text.slice(end)}`, start: at, end: at };
}

function eachLine({ text, start, end }: Selected, change: (line: string) => string): Selected {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  // A selection that ends at the beginning of a line leaves that line alone.
  const last = end > start && text[end - 1] === '\n' ? end - 1 : end;
  const next = text.indexOf('\n', last);
  const to = next === -1 ? text.length : next;
  const lines = text.slice(from, to).split('\n');
  const changed = lines.map(change);
  const first = (changed[0]?.length ?? 0) - (lines[0]?.length ?? 0);
  const total = changed.join('\n').length - (to - from);
  return {
    text: text.slice(0, from) + changed.join('\n') + text.slice(to),
    start: Math.max(from, start + first),
    end: Math.max(from, end + total),
  };
}
