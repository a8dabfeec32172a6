import { storage } from '../rooms/storage';

const KEY = 'countersign.wrap';

/** How this browser shows outputs; the choice stays for the next one. */
class Terminal {
  #wraps = $state(storage.read(KEY) !== 'no');

  get wraps(): boolean {
    return this.#wraps;
  }
  set wraps(wraps: boolean) {
    this.#wraps = wraps;
    storage.write(KEY, wraps ? 'yes' : 'no');
  }
}

export const terminal = new Terminal();
