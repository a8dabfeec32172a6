import type { DiagramLink, DiagramModel, DiagramNode, Shape } from '../../../diagram/model';
import type { Words } from '../../../i18n/words';
import { unreachable } from '../../../unreachable';
import { linkKey, type Definition, type FlowLink, type FlowNode, type Who } from '../definition';
import { t } from './messages';

type Both = { zh: string; en: string };

interface Drawn<From, To> {
  from: From;
  /** What else it was drawn from. */
  key: string;
  drawn: To;
}

/** What the canvas draws of a flow. Parts that did not change are the same objects as before, and not drawn anew. */
export class Drawer {
  #nodes = new Map<string, Drawn<FlowNode, DiagramNode>>();
  #links = new Map<string, Drawn<FlowLink, DiagramLink>>();

  draw(definition: Definition): DiagramModel {
    const nodes = new Map<string, Drawn<FlowNode, DiagramNode>>();
    for (const node of definition.nodes) {
      const at = definition.layout?.[node.id];
      const key = String(at);
      const old = this.#nodes.get(node.id);
      nodes.set(node.id, old?.from === node && old.key === key ? old : { from: node, key, drawn: nodeOf(node, at) });
    }
    const links = new Map<string, Drawn<FlowLink, DiagramLink>>();
    for (const [index, link] of definition.links.entries()) {
      const key = linkKey(definition, index);
      const old = this.#links.get(key);
      links.set(key, old?.from === link ? old : { from: link, key, drawn: linkOf(link, key) });
    }
    [this.#nodes, this.#links] = [nodes, links];
    return { nodes: [...nodes.values()].map(({ drawn }) => drawn), links: [...links.values()].map(({ drawn }) => drawn) };
  }
}

export function nodeOf(node: FlowNode, at: [number, number] | undefined): DiagramNode {
  const { id, kind } = node;
  return { id, kind, shape: shapeOf(node), text: bothOf(node.name), note: noteOf(node), state: 'idle', at };
}

function linkOf({ from, to, text, when, otherwise, on }: FlowLink, id: string): DiagramLink {
  const words = text ? bothOf(text) : otherwise === true ? said('otherwise') : on ? said(on === 'rejected' ? 'onRejected' : 'onFailed') : when ? same(when) : undefined;
  return { id, from, to, state: 'idle', text: words };
}

export function shapeOf(node: FlowNode): Shape {
  switch (node.kind) {
    case 'start':
    case 'end':
      return 'ellipse';
    case 'approve':
    case 'handle':
      return 'rounded';
    case 'condition':
      return 'diamond';
    case 'fork':
    case 'join':
      return 'bar';
    case 'run':
      return node.on === undefined || node.on === 'local' ? 'rectangle' : 'hexagon';
    case 'cc':
      return 'document';
    case 'wait':
      return 'clock';
    default:
      return unreachable(node);
  }
}

/** The second line: who, where or how long. */
function noteOf(node: FlowNode): Both | undefined {
  switch (node.kind) {
    case 'approve':
    case 'handle':
    case 'cc':
      return whoNote(node.who);
    case 'run':
      if (node.on === undefined || node.on === 'local') return said('here');
      return 'group' in node.on ? said('hosts', { name: node.on.group }) : said('field', { name: node.on.field });
    case 'wait':
      return node.for ? same(node.for) : node.until ? said('field', { name: node.until }) : undefined;
    default:
      return undefined;
  }
}

function whoNote(who: readonly Who[]): Both {
  const [first, ...others] = who;
  if (first === undefined) return said('nobodyYet');
  const name = whoName(first);
  if (others.length === 0) return name;
  return both((language) => say(language, 'other', { first: language === 'en' ? name.en : name.zh, count: String(others.length) }));
}

function whoName(who: Who): Both {
  if (typeof who === 'string') return said(`who_${who}`);
  if ('person' in who) return same(`@${who.person}`);
  return 'group' in who ? same(who.group) : said('field', { name: who.field });
}

type Key = keyof typeof t.catalogues.en;

function said(key: Key, params: Record<string, string> = {}): Both {
  return both((language) => say(language, key, params));
}

/** Both languages at once, for a drawing keeps both. */
function say(language: 'en' | 'zh-CN', key: Key, params: Record<string, string>): string {
  const message = t.catalogues[language][key];
  const text = typeof message === 'string' ? message : message.other;
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole);
}

function both(words: (language: 'en' | 'zh-CN') => string): Both {
  return { zh: words('zh-CN'), en: words('en') };
}

function same(text: string): Both {
  return { zh: text, en: text };
}

export function bothOf(words: Words): Both {
  return typeof words === 'string' ? same(words) : { zh: words.zh || words.en, en: words.en || words.zh };
}
