import type { Attachment } from 'svelte/attachments';
import type { Viewport } from './viewport.svelte';

/** A pointer that moved less than this has clicked, not dragged. */
const CLICK_PIXELS = 4;

export interface GestureOptions {
  /** Whether a press moves the view; without this, every one does. Two fingers always zoom. */
  pans?: (event: PointerEvent) => boolean;
  /** Whether the wheel moves the view, too: where nothing else scrolls. */
  wheelPans?: boolean;
}

/** Moves and zooms a viewport: drag (with or without space), pinch, and the wheel with Ctrl or ⌘. */
export function gestures(viewport: Viewport, { pans = () => true, wheelPans = false }: GestureOptions = {}): Attachment<SVGSVGElement> {
  return (surface) => {
    const pointers = new Map<number, { x: number; y: number; pans: boolean }>();
    let moved = 0;

    const place = (event: PointerEvent | WheelEvent) => {
      const box = surface.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const press = (event: PointerEvent): void => {
      if (event.pointerType === 'mouse' && event.button > 1) return;
      if (pointers.size === 0) moved = 0;
      if (pointers.size < 2) pointers.set(event.pointerId, { ...place(event), pans: pans(event) });
    };
    const move = (event: PointerEvent): void => {
      const last = pointers.get(event.pointerId);
      if (last === undefined) return;
      const now = place(event);
      const [x, y] = [now.x - last.x, now.y - last.y];
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other !== undefined) {
        moved = Number.POSITIVE_INFINITY;
        const before = Math.hypot(last.x - other.x, last.y - other.y);
        const after = Math.hypot(now.x - other.x, now.y - other.y);
        viewport.zoom(after / Math.max(1, before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
        viewport.pan(x / 2, y / 2);
      } else {
        if (!last.pans) return;
        // One finger scrolls the page, unless the drawing is larger than its pane.
        if (event.pointerType === 'touch' && viewport.showsAll && !wheelPans) return;
        moved += Math.abs(x) + Math.abs(y);
        if (moved < CLICK_PIXELS) return;
        surface.setPointerCapture(event.pointerId);
        viewport.pan(x, y);
      }
      pointers.set(event.pointerId, { ...now, pans: last.pans });
    };
    const release = (event: PointerEvent): void => {
      pointers.delete(event.pointerId);
    };
    const click = (event: MouseEvent): void => {
      if (moved >= CLICK_PIXELS) event.stopPropagation();
      moved = 0;
    };
    const wheel = (event: WheelEvent): void => {
      const zooms = event.ctrlKey || event.metaKey;
      if (!zooms && !wheelPans) return;
      event.preventDefault();
      if (!zooms) {
        const step = event.deltaMode === 1 ? 16 : 1;
        const [x, y] = event.shiftKey ? [event.deltaY, event.deltaX] : [event.deltaX, event.deltaY];
        viewport.pan(-x * step, -y * step);
        return;
      }
      viewport.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.003)), place(event));
    };

    surface.addEventListener('pointerdown', press);
    surface.addEventListener('pointermove', move);
    surface.addEventListener('pointerup', release);
    surface.addEventListener('pointercancel', release);
    surface.addEventListener('click', click, { capture: true });
    surface.addEventListener('wheel', wheel, { passive: false });
    return () => {
      surface.removeEventListener('pointerdown', press);
      surface.removeEventListener('pointermove', move);
      surface.removeEventListener('pointerup', release);
      surface.removeEventListener('pointercancel', release);
      surface.removeEventListener('click', click, { capture: true });
      surface.removeEventListener('wheel', wheel);
    };
  };
}
