import { defineMessages } from '../i18n/messages';

export const t = defineMessages({
  en: {
    asTable: '{title} as a table',
    asChart: '{title} as a chart',
    nothing: 'Nothing yet',
  },
  'zh-CN': {
    asTable: '以表格显示“{title}”',
    asChart: '以图表显示“{title}”',
    nothing: '暂无数据',
  },
});
