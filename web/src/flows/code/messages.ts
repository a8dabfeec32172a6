import { defineMessages } from '../../i18n/messages';

export const t = defineMessages({
  en: { keys: 'Tab indents and Shift+Tab takes it back; after Escape, Tab leaves the box.' },
  'zh-CN': { keys: 'Tab 增加缩进，Shift+Tab 减少缩进；按 Esc 后 Tab 离开此框。' },
});
