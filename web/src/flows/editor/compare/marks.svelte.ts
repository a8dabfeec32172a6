import type { DiagramModel, DiagramNode, Words } from '../../../diagram/model';
import { theme } from '../../../theme.svelte';
import type { Difference, Mark } from './types';

/** What stands before the name of a node or link, so that colour never stands alone. */
export const signs: Record<Mark, string> = { added: '＋', removed: '－', changed: '≠', same: '' };

const tones: Record<Exclude<Mark, 'same'>, string> = { added: 'ok', removed: 'bad', changed: 'wait' };

/** Both versions in one diagram, coloured by what became of each part, in the colours of the theme. Reactive. */
export function markedDiagram({ nodes, links }: Difference['diagram']): DiagramModel {
  const color = colorsNow();
  return {
    nodes: nodes.map(({ mark, ...node }) => {
      const shown: DiagramNode = { ...node, kind: 'plain', shape: shapeOf(node), state: 'idle', text: signed(mark, node.text) };
      delete shown.note;
      if (mark !== 'same') shown.colors = { fill: color(`--${tones[mark]}-bg`), stroke: color(`--${tones[mark]}`), text: color('--ink') };
      return shown;
    }),
    links: links.map(({ mark, ...link }) => {
      if (mark === 'same') return { ...link, state: 'idle' };
      return { ...link, state: 'idle', color: color(`--${tones[mark]}`), text: signed(mark, link.text ?? { zh: '', en: '' }) };
    }),
  };
}

function signed(mark: Mark, text: Words): Words {
  const sign = signs[mark];
  return sign === '' ? text : { zh: `${sign} ${text.zh}`.trim(), en: `${sign} ${text.en}`.trim() };
}

/** Figures without room for words say theirs in a box here. */
function shapeOf({ shape }: DiagramNode): DiagramNode['shape'] {
  return shape === 'bar' || shape === 'club' || shape === 'clock' ? 'rounded' : shape;
}

function colorsNow(): (token: string) => string {
  // A diagram takes plain colours; asked anew when another theme is chosen.
  void theme.chosen;
  const style = getComputedStyle(document.documentElement);
  return (token) => style.getPropertyValue(token).trim();
}
