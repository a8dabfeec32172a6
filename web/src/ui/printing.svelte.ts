import { flushSync } from 'svelte';

/** Whether the page is being put on paper. What reads it is drawn anew before the browser takes its picture. */
class Printing {
  isOn = $state(false);

  constructor() {
    addEventListener('beforeprint', () => this.#set(true));
    addEventListener('afterprint', () => this.#set(false));
  }

  #set(isOn: boolean): void {
    flushSync(() => (this.isOn = isOn));
  }
}

export const printing = new Printing();
