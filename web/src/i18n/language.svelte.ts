import type { Language } from '../api/types';

export type { Language };

export const languages: readonly { code: Language; name: string }[] = [
  { code: 'zh-CN', name: '简体中文' },
  { code: 'en', name: 'English' },
];

const storageKey = 'countersign.language';

/** The language of the page: what was chosen last in this browser, else what the browser prefers. */
class LanguageState {
  current = $state<Language>(initialLanguage());

  /** Also remembered, so that the sign-in page speaks it next time. */
  choose(code: Language): void {
    this.current = code;
    try {
      localStorage.setItem(storageKey, code);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  }
}

export const language = new LanguageState();

/** The first of the browser's languages that we speak; English when there is none. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'zh') return 'zh-CN';
    if (primary === 'en') return 'en';
  }
  return 'en';
}

function initialLanguage(): Language {
  try {
    const stored = localStorage.getItem(storageKey);
    if (stored === 'zh-CN' || stored === 'en') return stored;
  } catch {
    // As above.
  }
  return preferredLanguage(navigator.languages);
}
