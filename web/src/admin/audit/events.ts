import { formatList } from '../../i18n/format';
import { people } from '../../people/people.svelte';
import { t as permissionText } from '../messages';
import { t } from './messages';
import { type AdminEvent, things } from './types';

const verbs = [
  'created',
  'changed',
  'deleted',
  'published',
  'pinned',
  'password_reset',
  'permitted',
  'secret_renewed',
] as const;

/** Details that have a name in both languages. */
const names = [
  'name',
  'title',
  'address',
  'port',
  'username',
  'groups',
  'labels',
  'hosts',
  'note',
  'role',
  'active',
  'url',
  'events',
  'new_secret',
  'manager',
  'email',
  'version',
  'flow',
  'account',
  'filter',
  'fields',
  'kind',
  'grants',
  'value_replaced',
  'fingerprint',
  'before',
] as const;

const permissions = ['design_flows', 'publish_flows', 'publish_running_flows', 'manage_hosts', 'start_release'] as const;

/** Whose values are ids of people. */
const idsOfPeople = new Set(['manager', 'account']);

/** `host.created` in words; what a newer server notes keeps its own name. */
export function eventText(what: string): string {
  const [thing = '', verb = ''] = what.split('.');
  const knownThing = things.find((known) => known === thing);
  const knownVerb = verbs.find((known) => known === verb);
  if (knownThing === undefined || knownVerb === undefined) return what;
  return t('event', { thing: t(knownThing), verb: t(knownVerb) });
}

/** What was changed, by name; a list as a whole has none. */
export function subjectOf({ what, subject }: AdminEvent): string {
  return what === 'applications.changed' || what === 'environments.changed' ? '' : subject;
}

/** The details as short lines. */
export function detailLines({ what, subject, details }: AdminEvent): string[] {
  if (Array.isArray(details)) {
    const isPeople = what.startsWith('group.');
    return details.length === 0 ? [] : [formatList(details.map((item) => (isPeople ? personName(item) : said(item))))];
  }
  if (details === null || typeof details !== 'object') return [];
  return Object.entries(details)
    .filter(([name, value]) => !isNothing(value) && !(name === 'name' && value === subject))
    .map(([name, value]) => t('detail', { name: nameOf(name), value: idsOfPeople.has(name) ? personName(value) : said(value) }));
}

function nameOf(name: string): string {
  const known = names.find((one) => one === name);
  return known === undefined ? name : t(`detail_${known}`);
}

function personName(id: unknown): string {
  return typeof id === 'number' ? (people.get(id)?.name ?? String(id)) : said(id);
}

function said(value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (Array.isArray(value)) return formatList(value.map(said));
  if (value !== null && typeof value === 'object') {
    // What a grant or a place is made of.
    return Object.values(value).filter((part) => !isNothing(part)).map(said).join(' / ');
  }
  const permission = permissions.find((one) => one === value);
  return permission === undefined ? String(value) : permissionText(permission);
}

function isNothing(value: unknown): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
