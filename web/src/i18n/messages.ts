import { language, type Language } from './language.svelte';

/** A sentence with `{names}` in it; or one sentence for each plural form, chosen by `count`. */
export type Message = string | { one?: string; other: string };
export type Params = Record<string, string | number>;
export type Catalogues<Key extends string> = Record<Language, Record<Key, Message>>;

export interface Translate<Key extends string> {
  (key: Key, params?: Params): string;
  readonly catalogues: Catalogues<Key>;
}

/**
 * Both catalogues must have the same keys, else this does not compile.
 *
 *     const t = defineMessages({
 *       en: { rooms: { one: '{count} room', other: '{count} rooms' } },
 *       'zh-CN': { rooms: '{count} 个群聊' },
 *     });
 *     t('rooms', { count: 3 })
 */
export function defineMessages<Key extends string>(catalogues: Catalogues<Key>): Translate<Key> {
  const translate = (key: Key, params: Params = {}): string =>
    fill(pick(catalogues[language.current][key], params), params);
  return Object.assign(translate, { catalogues });
}

const pluralRules: Record<Language, Intl.PluralRules> = {
  en: new Intl.PluralRules('en'),
  'zh-CN': new Intl.PluralRules('zh-CN'),
};

function pick(message: Message, params: Params): string {
  if (typeof message === 'string') return message;
  const form = pluralRules[language.current].select(Number(params.count));
  return form === 'one' && message.one !== undefined ? message.one : message.other;
}

const numbers: Record<Language, Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en'),
  'zh-CN': new Intl.NumberFormat('zh-CN'),
};

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    if (value === undefined) return placeholder;
    return typeof value === 'number' ? numbers[language.current].format(value) : value;
  });
}
