/** Puts text on the clipboard; false when the browser does not let us. */
export async function copyText(text: string): Promise<boolean> {
  // The clipboard interface exists only on https and localhost.
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by a permission: the old way may still work.
    }
  }
  return copySelection(text);
}

function copySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr-only';
  // Inside the dialog that is open, for the rest of the page is inert then.
  const home = document.activeElement?.closest('dialog') ?? document.body;
  const focused = document.activeElement;
  home.append(area);
  area.select();
  // Deprecated, and the one way that is left on plain http.
  const done = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
