/** Both themes, both languages, both kinds of screen. */
export const looks = [
  { name: 'light and in Chinese', colorScheme: 'light', locale: 'zh-CN', viewport: { width: 1280, height: 800 } },
  { name: 'dark and in English', colorScheme: 'dark', locale: 'en-US', viewport: { width: 1280, height: 800 } },
  { name: 'light, in English and on a phone', colorScheme: 'light', locale: 'en-US', viewport: { width: 375, height: 740 } },
  { name: 'dark, in Chinese and on a phone', colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 375, height: 740 } },
] as const;
