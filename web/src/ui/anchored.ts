import type { Attachment } from 'svelte/attachments';

const gap = 4;
const edge = 8;
const least = 220;
const lowest = 140;

/**
 * Shows the element in the top layer, under `anchor()`, and keeps it there while things scroll; above it when
 * there is more room. So a list of suggestions is never cut off by a dialog or a table that scrolls.
 */
export function anchored(anchor: () => HTMLElement | null | undefined): Attachment<HTMLElement> {
  return (element) => {
    element.popover = 'manual';
    element.showPopover();

    function place(): void {
      const box = anchor()?.getBoundingClientRect();
      if (box === undefined) return;
      const below = innerHeight - box.bottom - gap - edge;
      const above = box.top - gap - edge;
      const upwards = below < Math.min(element.scrollHeight, lowest) && above > below;
      const width = Math.min(Math.max(box.width, least), innerWidth - 2 * edge);
      const { style } = element;
      style.inset = 'auto';
      style.margin = '0';
      style.width = `${width}px`;
      style.maxHeight = `${Math.min(Math.max(upwards ? above : below, lowest), 300)}px`;
      style.left = `${Math.max(edge, Math.min(box.left, innerWidth - width - edge))}px`;
      if (upwards) style.bottom = `${innerHeight - box.top + gap}px`;
      else style.top = `${box.bottom + gap}px`;
    }

    place();
    const sizes = new ResizeObserver(place);
    sizes.observe(element);
    const target = anchor();
    if (target) sizes.observe(target);
    addEventListener('scroll', place, { capture: true, passive: true });
    addEventListener('resize', place);
    return () => {
      sizes.disconnect();
      removeEventListener('scroll', place, { capture: true });
      removeEventListener('resize', place);
    };
  };
}
