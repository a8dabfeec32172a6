/** Safari tells of the Enter that ends a composition only after `compositionend`; it comes within this time. */
const SAFARI_ENTER_WITHIN_MS = 100;

/** Whether a key belongs to an input method, and so is not for us. Each browser says so in its own way. */
export class Composition {
  #isOn = false;
  #endedAt = -Infinity;

  started(): void {
    this.#isOn = true;
  }

  ended(now: number): void {
    this.#isOn = false;
    this.#endedAt = now;
  }

  owns(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode' | 'key'>, now: number): boolean {
    if (this.#isOn || event.isComposing || event.keyCode === 229) return true;
    return event.key === 'Enter' && now - this.#endedAt < SAFARI_ENTER_WITHIN_MS;
  }
}
