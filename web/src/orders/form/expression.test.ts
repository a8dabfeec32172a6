import { expect, test } from 'vitest';
import { ExpressionError, holds, namesIn } from './expression';

const variables = {
  days: 3,
  amount: 1200.5,
  kind: 'sick',
  tags: ['a', 'b'],
  zero: 0,
  on: true,
  items: [{ price: 2 }],
  empty: '',
};

test.each([
  'days > 2', 'days > 2.5', 'days == 3.0', 'days < 10', 'amount >= 1200.5', '2 < days', '3u == days',
  "kind in ['sick', 'home'] && !(days > 5)", "'a' in tags", 'size(tags) + size(kind) == 6', 'tags.size() == 2',
  'items[0].price * 2 + 1 == 5', "kind.startsWith('si') || false", "kind.contains('ic') ? on : false", '-days % 2 == -1',
  'on', "'价' < '额' || true", "!(days == '3')", "items == [{'price': 2}] || true", 'amount * 2 > 2400',
])('%s holds', (source) => {
  expect(holds(source, variables)).toBe(true);
});

test('either side of || and && decides, and then an error on the other side does not matter', () => {
  expect(holds('true || days / zero > 1', variables)).toBe(true);
  expect(holds('days / zero > 1 || true', variables)).toBe(true);
  expect(holds('days / zero > 1 && false', variables)).toBe(false);
});

test.each([
  'days / zero > 1', 'days % 0 == 1', 'nobody > 1', 'items[3].price == 1', 'items[0].weight == 1', "kind + 1 == ''",
  'days && on', 'days >', '', 'days', "days > '2'", "kind.matches('a')", 'tags.map(x, x) == []', 'constructor == 1',
  'items.length == 1', `'${'a'.repeat(1_100)}' == kind`, '('.repeat(900),
])('%s can not be computed', (source) => {
  expect(() => holds(source, variables)).toThrow(ExpressionError);
});

test('text is ordered by code points, as the server orders it', () => {
  expect(holds("'\u{1F600}' > '\uFF5E'", {})).toBe(true);
  expect(holds("'ab' > 'a' && 'a' < 'b' && 'a' <= 'a'", {})).toBe(true);
});

test('the names that an expression reads are known', () => {
  expect([...namesIn("days > 3 && given.reason || kind in ['a', other]")].sort()).toEqual(['days', 'given', 'kind', 'other']);
  expect(namesIn('days >').size).toBe(0);
});
