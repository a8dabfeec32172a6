import { expect, it } from 'vitest';
import { language } from '../../i18n/language.svelte';
import { detailLines, eventText, subjectOf } from './events';
import type { AdminEvent } from './types';

function event(what: string, details: unknown): AdminEvent {
  return { id: 1, at: 0, by: 1, what, subject: 'web-1', details };
}

it('events are said in the words of the language', () => {
  expect(eventText('host.created')).toBe('Host created');
  language.choose('zh-CN');
  expect(eventText('host.created')).toBe('主机已创建');
  language.choose('en');
});

it('an event of a newer server keeps its name', () => {
  expect(eventText('planet.created')).toBe('planet.created');
  expect(eventText('odd')).toBe('odd');
});

it('details are short lines, without what is empty or said already', () => {
  const host = { name: 'web-1', address: '10.0.0.1', groups: ['a', 'b'], labels: [], note: null, size: 3 };
  expect(detailLines(event('host.created', host))).toEqual(['Address: 10.0.0.1', 'Groups: a and b', 'size: 3']);
  const grants = [{ application: 'web', environment: '*' }];
  expect(detailLines(event('secret.changed', { grants, value_replaced: true }))).toEqual([
    'Granted to: web / *',
    'New value: yes',
  ]);
});

it('lists and nothing at all are details, too', () => {
  expect(detailLines(event('environments.changed', [{ name: 'staging', title: 'Staging' }]))).toEqual(['staging / Staging']);
  expect(detailLines(event('host_group.deleted', null))).toEqual([]);
  expect(subjectOf(event('environments.changed', []))).toBe('');
});
