import type { Attachment } from 'svelte/attachments';

const delayMs = 350;
const gap = 6;

let shared: HTMLElement | undefined;

/** One element for all tooltips, in the top layer so that dialogs do not cover it. */
function tooltipElement(): HTMLElement {
  if (shared === undefined) {
    shared = document.createElement('div');
    shared.className = 'tooltip';
    shared.popover = 'manual';
    // What it says is the label of the control already.
    shared.setAttribute('aria-hidden', 'true');
    document.body.append(shared);
  }
  return shared;
}

function show(anchor: Element, text: string): void {
  const element = tooltipElement();
  element.textContent = text;
  if (!element.matches(':popover-open')) element.showPopover();
  const box = anchor.getBoundingClientRect();
  const width = element.offsetWidth;
  const left = box.left + box.width / 2 - width / 2;
  element.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
  const above = box.top - element.offsetHeight - gap;
  element.style.top = `${above < 4 ? box.bottom + gap : above}px`;
}

function hide(): void {
  if (shared?.isConnected && shared.matches(':popover-open')) shared.hidePopover();
}

/** Shows `text` while a mouse rests on the element or the keyboard's focus is there. */
export function tooltip(text: string): Attachment<Element> {
  return (anchor) => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const leave = (): void => {
      clearTimeout(waiting);
      hide();
    };
    const enter = (event: Event): void => {
      if (event instanceof PointerEvent && event.pointerType !== 'mouse') return;
      clearTimeout(waiting);
      waiting = setTimeout(() => show(anchor, text), delayMs);
    };
    const focus = (): void => {
      if (anchor.matches(':focus-visible')) show(anchor, text);
    };
    const key = (event: Event): void => {
      if (event instanceof KeyboardEvent && event.key === 'Escape') leave();
    };
    const listeners: [string, (event: Event) => void][] = [
      ['pointerenter', enter],
      ['pointerleave', leave],
      ['pointerdown', leave],
      ['focusin', focus],
      ['focusout', leave],
      ['keydown', key],
    ];
    for (const [name, listener] of listeners) anchor.addEventListener(name, listener);
    return () => {
      leave();
      for (const [name, listener] of listeners) anchor.removeEventListener(name, listener);
    };
  };
}
