import { people } from '../people/people.svelte';
import { t } from './messages';

/** What to call this person here; null is the system. */
export function nameOf(person: number | null): string {
  if (person === null) return t('system');
  return people.get(person)?.name ?? t('unknownPerson');
}
