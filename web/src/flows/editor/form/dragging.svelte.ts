import type { FieldType } from '../../../orders/form/types';

/** What is being dragged: a new field of a type, or the field at an index. */
export type Dragged = { type: FieldType } | { index: number };

const beginsAfter = 4;

/** One drag by a pointer at a time, from the types or within the list, to a gap of the list. */
export class Dragging {
  what = $state.raw<Dragged | null>(null);
  /** The gap over which it is, counted from 0; null: none, and letting go changes nothing. */
  gap = $state<number | null>(null);
  x = $state(0);
  y = $state(0);
  list: HTMLElement | null = null;
  readonly #drop: (what: Dragged, gap: number) => void;

  constructor(drop: (what: Dragged, gap: number) => void) {
    this.#drop = drop;
  }

  /** A pointer went down on something that can be dragged; it is a drag once it has moved a little. */
  press(event: PointerEvent, what: Dragged): void {
    if (event.button !== 0 || !event.isPrimary) return;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    const begin = { x: event.clientX, y: event.clientY };
    const end = (): void => {
      stop.abort();
      this.what = null;
      this.gap = null;
    };
    addEventListener(
      'pointermove',
      (move) => {
        if (move.pointerId !== event.pointerId) return;
        if (this.what === null && Math.hypot(move.clientX - begin.x, move.clientY - begin.y) < beginsAfter) return;
        this.what = what;
        this.x = move.clientX;
        this.y = move.clientY;
        this.gap = this.#gapAt(move.clientX, move.clientY);
      },
      options,
    );
    addEventListener(
      'pointerup',
      (up) => {
        if (up.pointerId !== event.pointerId) return;
        const { what: dragged, gap } = this;
        // The click that follows a drag is none.
        if (dragged !== null) addEventListener('click', (click) => click.stopPropagation(), { capture: true, once: true });
        setTimeout(end);
        if (dragged !== null && gap !== null) this.#drop(dragged, gap);
      },
      options,
    );
    addEventListener('pointercancel', end, options);
    addEventListener(
      'keydown',
      (key) => {
        if (key.key === 'Escape') end();
      },
      options,
    );
  }

  #gapAt(x: number, y: number): number | null {
    if (this.list === null) return null;
    const around = this.list.getBoundingClientRect();
    const margin = 40;
    if (x < around.left - margin || x > around.right + margin || y < around.top - margin || y > around.bottom + margin) return null;
    const rows = [...this.list.querySelectorAll(':scope > [data-row]')].map((row) => row.getBoundingClientRect());
    const below = rows.findIndex(({ top, height }) => y < top + height / 2);
    return below === -1 ? rows.length : below;
  }
}
