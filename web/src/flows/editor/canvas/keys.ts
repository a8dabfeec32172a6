import { isArrow, neighbour, type Arrow } from '../../../diagram/keyboard';
import { linkKey, linkOfKey } from '../definition';
import type { Actions } from './actions';
import type { CanvasState } from './canvas.svelte';
import { t } from './messages';
import { GRID } from './snapping';

const directions: Record<Arrow, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where a key is somebody's text, it is not a command. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, dialog, [role="menu"], [role="listbox"]') !== null;
}

/** Keys that mean the same everywhere in the editor but in a text. True when it was one of them. */
export function commandKey(event: KeyboardEvent, canvas: CanvasState, actions: Actions, showKeys: () => void): boolean {
  if (event.isComposing || isTyping(event.target)) return false;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    if (event.altKey) return false;
    if (key === 'z') {
      if (event.shiftKey) canvas.model.redo();
      else canvas.model.undo();
    } else if (key === 'y') canvas.model.redo();
    else if (key === 'a') actions.selectAll();
    else if (key === 'd') actions.duplicate();
    else return false;
    return true;
  }
  const chosen = canvas.focused ?? canvas.selectedNodes[0] ?? null;
  if (key === 'Delete' || key === 'Backspace') actions.remove();
  else if (key === 'F2' && chosen !== null) canvas.renaming = chosen;
  else if (key === '?') showKeys();
  else if (key === '1') canvas.fit();
  else if (key === '+' || key === '=') canvas.zoom(1.25);
  else if (key === '-') canvas.zoom(0.8);
  else if (key === 'c' && chosen !== null) canvas.connecting = { from: chosen, at: null };
  else if (key === 'l' && chosen !== null) nextLink(canvas, chosen);
  else if (key === 'Escape' && canvas.model.selection.length > 0) canvas.selectOnly(null);
  else return false;
  return true;
}

/** Keys on a node: arrows go on, or move what is selected; Enter and Space select. True when it was one of them. */
export function nodeKey(event: KeyboardEvent, canvas: CanvasState, actions: Actions): boolean {
  const here = canvas.focused;
  if (here === null || event.ctrlKey || event.metaKey) return false;
  if (event.key === 'Enter' || event.key === ' ') {
    if (event.shiftKey || canvas.selectsSeveral) canvas.toggle(here);
    else canvas.selectOnly(canvas.model.selection.includes(here) ? null : here);
    return true;
  }
  if (!isArrow(event.key)) return false;
  if (!event.altKey && canvas.model.selection.includes(here)) {
    const [x, y] = directions[event.key];
    const step = event.shiftKey ? 1 : GRID;
    actions.nudge(x * step, y * step);
    return true;
  }
  const next = neighbour(here, event.key, canvas.scene.boxes, canvas.diagram.links, 'right');
  if (next !== null) void canvas.focus(next);
  return true;
}

/** Selects the next link that begins at the node. */
function nextLink(canvas: CanvasState, id: string): void {
  const { definition, selection } = canvas.model;
  const keys = definition.links.flatMap(({ from }, index) => (from === id ? [linkKey(definition, index)] : []));
  const current = selection.find((key) => linkOfKey(definition, key) !== null);
  const next = keys[(keys.indexOf(current ?? '') + 1) % Math.max(1, keys.length)];
  if (next === undefined) canvas.say(t('noLinks'));
  else canvas.selectOnly(next);
}
