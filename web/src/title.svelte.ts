import { language } from './i18n/language.svelte';

/** The product is called by its own name in each language. */
export function productName(): string {
  return language.current === 'zh-CN' ? '会签' : 'Countersign';
}

/** What the tab says: `(3) Name · 会签`. A page sets `page`, the shell sets `unread`. */
class Title {
  page = $state('');
  unread = $state(0);
  text = $derived(
    (this.unread > 0 ? `(${this.unread}) ` : '') +
      (this.page === '' ? '' : `${this.page} · `) +
      productName(),
  );
}

export const title = new Title();
