import { ApiProblem } from '../api/client';
import { toasts } from '../ui/toasts.svelte';
import { t } from './messages';

/** Puts text on the clipboard; true when that worked. Says so itself when it did not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Missing on plain http; the old way still works there.
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else if (!copiedTheOldWay(text)) throw new Error('refused');
    return true;
  } catch {
    toasts.problem(new ApiProblem({ type: '/problems/copy_failed', title: t('copyFailed'), status: 0 }));
    return false;
  }
}

function copiedTheOldWay(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'sr-only';
  // Outside of an open dialog it could not take the focus.
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  const focused = document.activeElement;
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
