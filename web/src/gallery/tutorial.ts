import type { DiagramModel } from '../diagram/model';
import { link, node, step } from './build';

/* The drawings of a well-known tutorial on diagrams, each as a model of ours. */

const NAME = '武沛齐 | Wu Peiqi';

export const textModel: DiagramModel = {
  nodes: [
    node('plain', NAME, 'rectangle', { kind: 'text' }),
    node('red', NAME, 'rectangle', { kind: 'text', colors: { text: '#c22f26', background: '#ffffff' } }),
    node('background', NAME, 'rectangle', { kind: 'text', colors: { background: 'lightblue' } }),
  ],
  links: [],
};

export const shapesModel: DiagramModel = {
  nodes: [
    node('ellipse', '椭圆 | Ellipse', 'ellipse', { kind: 'figure', colors: { fill: '#161b26', stroke: '#8a93a3' } }),
    node('rounded', '圆角矩形 | Rounded', 'rounded', { kind: 'figure', colors: { fill: 'green', stroke: 'red' } }),
    node('rectangle', '矩形 | Rectangle', 'rectangle', { kind: 'figure', colors: { fill: 'transparent', stroke: '#8a93a3' } }),
    node('diamond', '菱形 | Diamond', 'diamond', { kind: 'figure', colors: { fill: '#dddddd', stroke: '#646e80' } }),
    node('club', '梅花 | Club', 'club', { kind: 'figure', colors: { fill: 'red', stroke: 'red' } }),
  ],
  links: [],
};

export const moreShapesModel: DiagramModel = {
  nodes: [
    step('hexagon', '执行脚本 | Run a script', 'hexagon', 'running'),
    step('bar', '并行 | Fork', 'bar', 'done'),
    step('document', '抄送 | Copy', 'document', 'done'),
    step('clock', '等到 20:00 | Until 20:00', 'clock', 'waiting'),
    step('cylinder', '数据库 | Database', 'cylinder', 'failed'),
  ],
  links: [],
};

export const panelsModel: DiagramModel = {
  nodes: [
    node('below', NAME, 'ellipse', { kind: 'panel-below', colors: { background: 'yellow', fill: '#161b26' } }),
    node('beside', NAME, 'rounded', { kind: 'panel-beside', colors: { background: 'white', fill: '#161b26' } }),
    node('inside', NAME, 'ellipse', { kind: 'panel-inside', colors: { background: 'green', fill: '#ff5a4f', stroke: '#b3261e' } }),
  ],
  links: [],
};

const GREEN = { fill: '#79c900', stroke: '#79c900' };
const GREY = { fill: 'lightgray', stroke: 'lightgray' };
const servers = [1, 2, 3, 4, 5];

export const releaseModel: DiagramModel = {
  nodes: [
    node('start', '开始 | Start', 'ellipse', { colors: GREEN }),
    node('download', '下载代码 | Fetch the code', 'rounded', { colors: GREEN }),
    node('zip', '本地打包 | Package', 'rounded', { colors: GREEN }),
    ...servers.map((number) => node(`server${number}`, `服务器${number} | Server ${number}`, 'rounded', { colors: GREY })),
  ],
  links: [link('start', 'download'), link('download', 'zip'), ...servers.map((number) => link('zip', `server${number}`))],
};

const BOUND = { fill: 'lightgreen', stroke: '#5fbf5f' };
const BOUND_GREY = { fill: 'lightgray', stroke: '#b4b4b4' };

export const treeModel: DiagramModel = {
  nodes: [
    node('start', '开始 | Start', 'ellipse', { colors: BOUND }),
    node('download', '下载代码 | Fetch the code', 'rounded', { colors: BOUND }),
    node('compile', '本地编译 | Compile', 'rounded', { colors: BOUND }),
    node('zip', '打包 | Package', 'rounded', { colors: { fill: 'red', stroke: '#b3261e' } }),
    ...[1, 2, 3].flatMap((number) => [
      node(`c${number}`, `服务器${number} | Server ${number}`, 'rounded', { colors: BOUND_GREY }),
      node(`c${number}1`, '服务重启 | Restart', 'rounded', { colors: BOUND_GREY }),
    ]),
  ],
  links: [
    link('start', 'download', { text: '执行中... | running…' }),
    link('download', 'compile'),
    link('compile', 'zip', { color: '#e02a1f' }),
    ...[1, 2, 3].flatMap((number) => [link('zip', `c${number}`), link(`c${number}`, `c${number}1`)]),
  ],
};

export const graphModel: DiagramModel = {
  nodes: ['Alpha', 'Beta', 'papa', 'bilibili'].map((name) => node(name, name, 'rounded')),
  links: [link('Alpha', 'Beta'), link('Alpha', 'papa'), link('Beta', 'bilibili'), link('papa', 'bilibili')],
};
