import { expect, test } from 'vitest';
import { nameIn } from './file_infos.svelte';

test('the name of a file is read from its header', () => {
  expect(nameIn("attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8%201.pdf")).toBe('发票 1.pdf');
  expect([nameIn(null), nameIn('inline'), nameIn("inline; filename*=UTF-8''%E5%8")]).toEqual([null, null, null]);
});
