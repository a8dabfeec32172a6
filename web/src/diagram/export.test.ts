import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportSvg, light } from './export';
import type { DiagramModel, DiagramNode, Shape } from './model';

function node(id: string, values: Partial<DiagramNode> = {}): DiagramNode {
  return { id, kind: 'approve', shape: 'rounded', text: { zh: '审批', en: 'Approval' }, state: 'idle', ...values };
}

function parsed(svg: string): Document {
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
  expect(document.querySelector('parsererror')?.textContent).toBeUndefined();
  return document;
}

const model: DiagramModel = {
  nodes: [
    node('a', { state: 'done', note: { zh: '✓ 付乐乐 10:02', en: '✓ Fu 10:02' } }),
    node('b', { state: 'failed' }),
    node('h', { parent: 'b', state: 'running', text: { zh: '服务器1', en: 'Server 1' } }),
  ],
  links: [{ id: 'ab', from: 'a', to: 'b', state: 'taken', text: { zh: '通过', en: 'approved' } }],
};

test('the file stands alone: no style sheets, no scripts, nothing from elsewhere', () => {
  const svg = exportSvg(model, { language: 'en' });
  const document = parsed(svg);
  expect(document.querySelector('style, script, foreignObject, image, use')).toBeNull();
  expect(svg).not.toMatch(/\s(style|class|on\w+|href)=|var\(/);
});

test('it shows texts, notes and states in the language that is asked for', () => {
  const english = parsed(exportSvg(model, { language: 'en', title: 'Release' })).documentElement.textContent;
  for (const words of ['Release', 'Approval', 'Fu 10:02', 'Failed', 'Server 1', 'Running', 'approved']) expect(english).toContain(words);
  const chinese = parsed(exportSvg(model, { language: 'zh-CN' })).documentElement.textContent;
  for (const words of ['审批', '付乐乐 10:02', '失败', '服务器1', '进行中', '通过']) expect(chinese).toContain(words);
});

test('texts of people can not become markup', () => {
  const text = { zh: '', en: '</text><script>alert(1)</script>&"\u0007' };
  const colors = { fill: 'url(https://example.org/x)', stroke: 'red" onload="alert(1)' };
  const document = parsed(exportSvg({ nodes: [node('a', { text, colors })], links: [] }, { language: 'en', title: '<b>' }));
  expect(document.querySelector('script, b')).toBeNull();
  expect(document.querySelector('[onload]')).toBeNull();
  expect(document.documentElement.outerHTML).not.toContain('example.org');
});

test('every shape has an outline', () => {
  const shapes: Shape[] = ['ellipse', 'rounded', 'rectangle', 'diamond', 'club', 'hexagon', 'bar', 'document', 'clock', 'cylinder'];
  const nodes = shapes.map((shape) => node(shape, { shape }));
  const svg = exportSvg({ nodes, links: [] }, { language: 'en' });
  const outlines = [...parsed(svg).querySelectorAll('g[transform] > path:first-child')].map((path) => path.getAttribute('d'));
  expect(new Set(outlines).size).toBe(shapes.length);
  expect(svg).not.toContain('NaN');
});

test('the colours are those of the light theme', () => {
  const css = readFileSync('src/ui/tokens.css', 'utf8');
  const token = (name: string) => new RegExp(`--${name}: (#\\w+);`).exec(css)?.[1];
  expect([light.ink, light.soft, light.line]).toEqual([token('ink'), token('soft'), token('line')]);
  for (const tone of ['ok', 'run', 'wait', 'bad'] as const) {
    expect(light.tones[tone]).toEqual({ stroke: token(tone), fill: token(`${tone}-bg`) });
  }
  expect(light.tones.idle).toEqual({ stroke: token('faint'), fill: token('idle-bg') });
});

test('an empty model makes a file, too', () => {
  parsed(exportSvg({ nodes: [], links: [] }, { language: 'en' }));
});
