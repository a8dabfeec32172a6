import type { DiagramChanges, DiagramModel, NodeState } from '../diagram/model';
import { link, step, words } from './build';

/* An order from its submission to a release on three hosts, as a list of changes. */

export const orderModel: DiagramModel = {
  nodes: [
    step('start', '提交 | Submit', 'ellipse', 'done'),
    step('lead', '主管审批 | Lead approves', 'rounded', 'waiting', '付乐乐 | Fu Lele'),
    step('production', '生产环境？ | Production?', 'diamond'),
    step('operations', '运维会签 | Operations sign', 'rounded'),
    step('window', '发布窗口 | Release window', 'clock'),
    step('fetch', '下载代码 | Fetch the code', 'rectangle'),
    step('build', '编译打包 | Build', 'rectangle'),
    step('rollout', '发布到主机 | Roll out', 'hexagon'),
    step('copy', '抄送团队 | Tell the team', 'document'),
    step('end', '结束 | End', 'ellipse'),
  ],
  links: [
    link('start', 'lead', { state: 'taken' }),
    link('lead', 'production'),
    link('production', 'operations', { text: '是 | yes' }),
    link('production', 'fetch', { text: '否 | no' }),
    link('operations', 'window'),
    link('window', 'fetch'),
    link('fetch', 'build'),
    link('build', 'rollout'),
    link('rollout', 'copy'),
    link('copy', 'end'),
  ],
};

type Step = (model: DiagramModel) => DiagramChanges;

function change(states: Record<string, [NodeState, string?]>, taken: string[] = []): Step {
  return ({ nodes, links }) => ({
    nodes: nodes.flatMap((node) => {
      const next = states[node.id];
      return next === undefined ? [] : [{ ...node, state: next[0], note: next[1] === undefined ? undefined : words(next[1]) }];
    }),
    links: links.filter(({ id }) => taken.includes(id)).map((each) => ({ ...each, state: 'taken' })),
  });
}

const hosts = [1, 2, 3];

export const orderSteps: readonly Step[] = [
  change(
    {
      lead: ['done', '✓ 付乐乐 10:02 | ✓ Fu 10:02'],
      production: ['done', '是 | yes'],
      operations: ['waiting', '1 / 2'],
    },
    ['lead-production', 'production-operations'],
  ),
  change({ operations: ['done', '2 / 2'], window: ['waiting', '还有 5 分钟 | 5 min left'] }, ['operations-window']),
  change({ window: ['done'], fetch: ['running', '32%'] }, ['window-fetch']),
  change({ fetch: ['done', '6 秒 | 6 s'], build: ['running', '测试 214 / 380 | test 214 / 380'] }, ['fetch-build']),
  (model) => {
    const { nodes, links } = change({ build: ['done', '41 秒 | 41 s'], rollout: ['running', '第 1 批 | batch 1'] }, ['build-rollout'])(model);
    const lane = hosts.map((number) => ({
      ...step(`host${number}`, `服务器${number} | Server ${number}`, 'rounded', number === 1 ? 'running' : 'idle'),
      parent: 'rollout',
    }));
    return { nodes: [...nodes, ...lane], links };
  },
  change({
    host1: ['done', '已重启 12 秒 | restarted, 12 s'],
    host2: ['running', '上传 68% | upload 68%'],
    host3: ['running', '上传 12% | upload 12%'],
    rollout: ['running', '第 2 批 | batch 2'],
  }),
  change({
    host2: ['failed', '健康检查 502 | health check 502'],
    host3: ['done', '已重启 14 秒 | restarted, 14 s'],
    rollout: ['failed', '1 台失败 | 1 host failed'],
  }),
  change(
    { host2: ['done', '第 2 次 | second attempt'], rollout: ['done', '3 / 3'], copy: ['done'], end: ['done'] },
    ['rollout-copy', 'copy-end'],
  ),
];

const everyState: readonly [NodeState, string][] = [
  ['idle', '上线 | Go live'],
  ['waiting', '经理审批 | Manager'],
  ['running', '编译 | Compile'],
  ['done', '打包 | Package'],
  ['partly', '发布 | Roll out'],
  ['failed', '健康检查 | Health check'],
  ['rejected', '财务审批 | Finance'],
  ['returned', '填写表单 | Fill in the form'],
  ['skipped', '缓存预热 | Warm the cache'],
  ['cancelled', '法务审批 | Legal'],
];

export const statesModel: DiagramModel = {
  nodes: everyState.map(([state, text]) => step(state, text, 'rounded', state)),
  links: [],
};
