import type { Attachment } from 'svelte/attachments';
import type { Actions } from '../canvas/actions';
import type { CanvasState } from '../canvas/canvas.svelte';
import { onGrid } from '../canvas/snapping';
import type { NodeKind } from '../definition';

/** A pointer that moved less than this has pressed: then the click adds. */
const PRESS_PIXELS = 6;

/** Drags a new node from the palette onto the canvas, with mouse, pen or finger; on a link it is put in between. */
export function dropping(canvas: CanvasState, actions: Actions, kind: NodeKind): Attachment<HTMLButtonElement> {
  return (button) => {
    let start: { pointer: number; x: number; y: number } | null = null;
    let hasMoved = false;

    const begin = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      hasMoved = false;
      start = { pointer: event.pointerId, x: event.clientX, y: event.clientY };
      // At once: a fast pointer is over something else before it has moved far enough.
      button.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent): void => {
      if (start?.pointer !== event.pointerId) return;
      if (!hasMoved && Math.hypot(event.clientX - start.x, event.clientY - start.y) < PRESS_PIXELS) return;
      hasMoved = true;
      const at = canvas.pointAt(event);
      canvas.dropping = isOver(event) ? { kind, at: { x: onGrid(at.x), y: onGrid(at.y) }, link: linkAt(event) } : null;
    };
    const end = (event: PointerEvent): void => {
      if (start?.pointer !== event.pointerId) return;
      start = null;
      const dropped = canvas.dropping;
      canvas.dropping = null;
      if (event.type === 'pointerup' && dropped !== null) actions.addAt(kind, [dropped.at.x, dropped.at.y], dropped.link);
    };
    // The click that follows a drag adds nothing more.
    const click = (event: MouseEvent): void => {
      if (!hasMoved) return;
      hasMoved = false;
      event.stopImmediatePropagation();
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || canvas.dropping === null) return;
      canvas.dropping = null;
      start = null;
    };
    const isOver = ({ clientX, clientY }: PointerEvent): boolean => {
      const under = document.elementFromPoint(clientX, clientY);
      return under !== null && canvas.surface?.contains(under) === true;
    };

    button.addEventListener('pointerdown', begin);
    button.addEventListener('pointermove', move);
    button.addEventListener('pointerup', end);
    button.addEventListener('pointercancel', end);
    button.addEventListener('click', click, { capture: true });
    addEventListener('keydown', key);
    return () => {
      button.removeEventListener('pointerdown', begin);
      button.removeEventListener('pointermove', move);
      button.removeEventListener('pointerup', end);
      button.removeEventListener('pointercancel', end);
      button.removeEventListener('click', click, { capture: true });
      removeEventListener('keydown', key);
    };
  };
}

function linkAt({ clientX, clientY }: PointerEvent): string | null {
  const under = document.elementsFromPoint(clientX, clientY).find((element) => element.closest('[data-link]') !== null);
  return under?.closest('[data-link]')?.getAttribute('data-link') ?? null;
}
