import { defineMessages } from '../../../i18n/messages';

export const t = defineMessages({
  en: {
    yaml: 'The flow as YAML',
    typed: 'Text',
    unread: 'Not a flow yet: the diagram keeps what could be read last.',
    checking: 'Checking…',
    noProblems: 'Nothing is wrong',
    problemCount: { one: '{count} problem', other: '{count} problems' },
    discard: 'Discard what I typed',
  },
  'zh-CN': {
    yaml: 'YAML 格式的流程',
    typed: '文本',
    unread: '还不是完整的流程，流程图保持上次可读取的内容。',
    checking: '正在检查…',
    noProblems: '没有问题',
    problemCount: '{count} 个问题',
    discard: '放弃输入的内容',
  },
});
