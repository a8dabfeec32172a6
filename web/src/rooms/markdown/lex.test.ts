import { describe, expect, it } from 'vitest';
import { plainLine, safeAddress, textParts, tokensOf } from './lex';

const personOf = new Map([
  ['ann', 7],
  ['ann.lee', 9],
]);

describe('mentions', () => {
  const mentioned = (text: string) =>
    textParts(text, personOf).map((part) => (part.kind === 'mention' ? `[${part.person} ${part.text}]` : part.text));

  it('are cut out of the text around them', () => {
    expect(mentioned('hi @ann, look')).toEqual(['hi ', '[7 @ann]', ', look']);
  });
  it('take the longest name, and leave the full stop', () => {
    expect(mentioned('@ann.lee. @ann.')).toEqual(['[9 @ann.lee]', '. ', '[7 @ann]', '.']);
  });
  it('need no space before Chinese text', () => {
    expect(mentioned('你好@ann看一下')).toEqual(['你好', '[7 @ann]', '看一下']);
  });
  it('know names in any case', () => {
    expect(mentioned('@ANN')).toEqual(['[7 @ANN]']);
  });
  it('leave other names alone', () => {
    expect(mentioned('@bob and @ann')).toEqual(['@bob and ', '[7 @ann]']);
  });
});

it('follows only addresses that do no harm', () => {
  const addresses = ['https://a.example/x', 'http://a.example', 'mailto:a@b.example', 'javascript:alert(1)', '/rooms/7', 'data:text/html,x'];
  expect(addresses.map((address) => safeAddress(address) !== null)).toEqual([true, true, true, false, false, false]);
});

it('shows what is nested too deep as it was written', () => {
  const text = '>'.repeat(7_000);
  expect(tokensOf(text)).toEqual([{ type: 'text', raw: text, text }]);
});

it('makes one line of a message', () => {
  expect(plainLine('# Title\n> **bold** `code` [link](https://a.example)\n```js\nx = 1\n```')).toBe('Title bold code link x = 1');
});
