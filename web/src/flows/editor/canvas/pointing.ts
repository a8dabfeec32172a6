import type { Attachment } from 'svelte/attachments';
import type { Box, Point } from '../../../diagram/figures';
import { isOn } from '../../../diagram/visible';
import { mayConnect } from '../commands';
import type { Actions } from './actions';
import type { CanvasState } from './canvas.svelte';
import { Dragging } from './dragging';

/** A pointer that moved less than this has pressed, not dragged. */
const PRESS_PIXELS = 4;

interface Press {
  pointer: number;
  on: { kind: 'node' | 'port' | 'link'; key: string } | { kind: 'nothing' };
  at: Point;
  client: { clientX: number; clientY: number };
  /** Whether it adds to the selection. */
  adds: boolean;
  /** What was selected before a marquee began. */
  before: readonly string[];
  dragging: Dragging | null;
  hasMoved: boolean;
}

/** Mouse, pen and finger on the canvas: select, move, draw links, and select with a frame. */
export function pointing(canvas: CanvasState, actions: Actions, pans: (event: PointerEvent) => boolean): Attachment<SVGSVGElement> {
  return (surface) => {
    let press: Press | null = null;
    const down = new Set<number>();

    const cancel = (): void => {
      press?.dragging?.cancel();
      press = null;
      canvas.marquee = null;
      canvas.loose = null;
    };
    const begin = (event: PointerEvent): void => {
      down.add(event.pointerId);
      // A second finger zooms: what the first one began is taken back.
      if (down.size > 1) {
        cancel();
        return;
      }
      if (event.button !== 0 || pans(event)) return;
      const on = pressedOn(event);
      const adds = event.shiftKey || event.ctrlKey || event.metaKey || canvas.selectsSeveral;
      press = { pointer: event.pointerId, on, at: canvas.pointAt(event), client: event, adds, before: canvas.model.selection, dragging: null, hasMoved: false };
    };
    const move = (event: PointerEvent): void => {
      if (press === null) {
        // The handle belongs to the node that it stands at.
        if (event.pointerType === 'mouse' && down.size === 0) canvas.hovered = keyAt(event, 'data-port') ?? nodeAt(event);
        return;
      }
      if (event.pointerId !== press.pointer) return;
      const way = Math.hypot(event.clientX - press.client.clientX, event.clientY - press.client.clientY);
      if (!press.hasMoved && way < PRESS_PIXELS) return;
      if (!press.hasMoved) {
        press.hasMoved = true;
        surface.setPointerCapture(event.pointerId);
      }
      drag(press, event);
    };
    const drag = (now: Press, event: PointerEvent): void => {
      const point = canvas.pointAt(event);
      switch (now.on.kind) {
        case 'node':
          if (now.dragging === null) {
            if (!canvas.model.selection.includes(now.on.key)) canvas.model.select(now.adds ? [...now.before, now.on.key] : [now.on.key]);
            now.dragging = new Dragging(canvas, canvas.selectedNodes, now.at);
          }
          now.dragging.to(point, event.altKey);
          return;
        case 'port':
          canvas.loose = { from: now.on.key, to: point, target: targetAt(event, now.on.key) };
          return;
        default:
          selectWithin(now, point);
      }
    };
    const selectWithin = (now: Press, point: Point): void => {
      const frame = frameOf(now.at, point);
      canvas.marquee = frame;
      const view = { left: frame.x - frame.width / 2, right: frame.x + frame.width / 2, top: frame.y - frame.height / 2, bottom: frame.y + frame.height / 2 };
      const inside = [...canvas.scene.boxes].flatMap(([id, box]) => (isOn(view, box) ? [id] : []));
      canvas.model.select(now.adds ? [...new Set([...now.before, ...inside])] : inside);
    };
    const end = (event: PointerEvent): void => {
      down.delete(event.pointerId);
      const ended = press;
      if (ended === null || event.pointerId !== ended.pointer) return;
      press = null;
      canvas.marquee = null;
      if (ended.hasMoved) drop(ended, event);
      else choose(ended);
    };
    const drop = (ended: Press, event: PointerEvent): void => {
      if (ended.dragging !== null) {
        const by = ended.dragging.drop();
        if (by.x === 0 && by.y === 0) canvas.scene.putBack();
        else actions.move(ended.dragging.ids, by);
      } else if (ended.on.kind === 'port') {
        canvas.loose = null;
        const target = targetAt(event, ended.on.key);
        if (target !== null) actions.connect(ended.on.key, target);
        else if (nodeAt(event) === null) {
          const { x, y } = canvas.pointAt(event);
          canvas.connecting = { from: ended.on.key, at: [Math.round(x), Math.round(y)] };
        }
      }
    };
    const choose = ({ on, adds }: Press): void => {
      if (on.kind === 'nothing') {
        if (!adds) canvas.selectOnly(null);
        return;
      }
      if (on.kind === 'port') canvas.connecting = { from: on.key, at: null };
      else if (adds) canvas.toggle(on.key);
      else canvas.selectOnly(on.key);
    };
    const targetAt = (event: PointerEvent, from: string): string | null => {
      const target = nodeAt(event);
      return target !== null && mayConnect(canvas.model.definition, from, target) ? target : null;
    };
    const rename = (event: MouseEvent): void => {
      const id = keyAt(event, 'data-node');
      if (id !== null) canvas.renaming = id;
    };
    const leave = (): void => {
      canvas.hovered = null;
    };
    const lost = (event: PointerEvent): void => {
      down.delete(event.pointerId);
      if (press?.pointer === event.pointerId) cancel();
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && press?.hasMoved === true) {
        event.stopPropagation();
        cancel();
      }
    };

    surface.addEventListener('pointerdown', begin);
    surface.addEventListener('pointermove', move);
    surface.addEventListener('pointerup', end);
    surface.addEventListener('pointercancel', lost);
    surface.addEventListener('pointerleave', leave);
    surface.addEventListener('dblclick', rename);
    addEventListener('keydown', key, { capture: true });
    return () => {
      cancel();
      surface.removeEventListener('pointerdown', begin);
      surface.removeEventListener('pointermove', move);
      surface.removeEventListener('pointerup', end);
      surface.removeEventListener('pointercancel', lost);
      surface.removeEventListener('pointerleave', leave);
      surface.removeEventListener('dblclick', rename);
      removeEventListener('keydown', key, { capture: true });
    };
  };
}

function pressedOn(event: PointerEvent): Press['on'] {
  for (const [kind, attribute] of [['port', 'data-port'], ['node', 'data-node'], ['link', 'data-link']] as const) {
    const key = keyAt(event, attribute);
    if (key !== null) return { kind, key };
  }
  return { kind: 'nothing' };
}

function keyAt({ target }: Event, attribute: string): string | null {
  return target instanceof Element ? (target.closest(`[${attribute}]`)?.getAttribute(attribute) ?? null) : null;
}

/** The node below the pointer, whatever has captured it. */
export function nodeAt({ clientX, clientY }: PointerEvent): string | null {
  return document.elementFromPoint(clientX, clientY)?.closest('[data-node]')?.getAttribute('data-node') ?? null;
}

function frameOf(one: Point, other: Point): Box {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, width: Math.abs(one.x - other.x), height: Math.abs(one.y - other.y) };
}
