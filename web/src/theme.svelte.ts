import type { Theme } from './api/types';

const storageKey = 'countersign.theme';

/** `system` leaves the choice to the browser; the others stand as `data-theme` on <html>. */
class ThemeState {
  chosen = $state<Theme>(storedTheme());

  choose(theme: Theme): void {
    this.chosen = theme;
    try {
      localStorage.setItem(storageKey, theme);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
    this.apply();
  }

  apply(): void {
    const root = document.documentElement;
    if (this.chosen === 'system') delete root.dataset.theme;
    else root.dataset.theme = this.chosen;
  }
}

export const theme = new ThemeState();

/** For motion that a script makes; style sheets ask the media query themselves. */
export function prefersReducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(storageKey);
    if (stored === 'light' || stored === 'dark') return stored;
  } catch {
    // As above.
  }
  return 'system';
}
