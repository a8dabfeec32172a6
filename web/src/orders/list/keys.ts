export type ListKey = 'next' | 'previous' | 'open' | 'approve' | 'reject' | 'select';

const keys: Readonly<Record<string, ListKey>> = {
  j: 'next',
  ArrowDown: 'next',
  k: 'previous',
  ArrowUp: 'previous',
  Enter: 'open',
  a: 'approve',
  r: 'reject',
  x: 'select',
};

type Pressed = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing' | 'keyCode' | 'defaultPrevented' | 'target'
>;

/** What a key means to a list of orders; null when it is meant for something else. */
export function listKey(event: Pressed): ListKey | null {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null;
  const key = keys[event.key] ?? null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input:not([type="checkbox"]), textarea, select, [contenteditable], dialog, [role="menu"]')) return null;
  // A link, a button or a box that has the focus knows itself what Enter does; arrows move pages and menus.
  if (key === 'open' && target?.closest('a, button, input, summary')) return null;
  if (event.key.startsWith('Arrow') && !target?.closest('[role="row"]')) return null;
  return key;
}
