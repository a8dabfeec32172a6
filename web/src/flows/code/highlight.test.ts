import { expect, test } from 'vitest';
import type { Highlight } from './highlight';
import { shellLines } from './shell';
import { yamlLines } from './yaml';

/** The pieces of all lines that are not plain, as `kind:text`. */
function check(highlight: Highlight, text: string, expected: string[]): void {
  const lines = highlight(text);
  expect(lines.map((line) => line.map((piece) => piece.text).join('')).join('\n')).toBe(text);
  expect(lines.flat().filter(({ kind }) => kind !== 'plain').map((piece) => `${piece.kind}:${piece.text}`)).toEqual(expected);
}

test('a script has words, variables, text and comments', () => {
  check(shellLines, 'set -eu # stop\nfor f in $FILES; do\n  echo "a $f" \'$b\'\ndone', [
    'word:set', 'comment:# stop', 'word:for', 'word:in', 'name:$FILES', 'word:do', 'text:"a ', 'name:$f', 'text:"', "text:'$b'", 'word:done',
  ]);
  check(shellLines, 'make for-ever#1 ./if 12', ['number:12']);
});

test('a quotation and a document go on over lines', () => {
  check(shellLines, "echo 'a\nif b' if", ["text:'a", "text:if b'", 'word:if']);
  check(shellLines, 'cat <<END\nif $x\nEND\nif', ['text:if $x', 'text:END', 'word:if']);
});

test('YAML has keys, text, numbers and comments', () => {
  check(yamlLines, 'flow: leave # slug\nform:\n  - {id: days, min: 0.5, required: true}', [
    'name:flow', 'comment:# slug', 'name:form', 'name:id', 'name:min', 'number:0.5', 'name:required', 'word:true',
  ]);
  check(yamlLines, "a: 'x: y'\nb: c#d", ['name:a', "text:'x: y'", 'name:b']);
});

test('a block is text as far as it is indented', () => {
  check(yamlLines, 'script: |\n  a: b\n\n  # c\nnext: 1', ['name:script', 'text:  a: b', 'text:', 'text:  # c', 'name:next', 'number:1']);
});
