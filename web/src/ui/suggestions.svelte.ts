/** What is offered while somebody types, and the keys that choose among it. The focus stays in the text box. */
export class Suggestions<Option> {
  found = $state.raw<readonly Option[]>([]);
  active = $state(0);

  get isOpen(): boolean {
    return this.found.length > 0;
  }

  offer(found: readonly Option[]): void {
    this.found = found;
    this.active = 0;
  }

  close(): void {
    this.found = [];
  }

  /** Whether the key was for the list, and then for nothing else; `pick` hears what was chosen. */
  takes(event: KeyboardEvent, pick: (option: Option) => void): boolean {
    const option = this.found[this.active];
    if (option === undefined || !isForList(event)) return false;
    event.preventDefault();
    // Escape closes the list, and not the dialog around it.
    event.stopPropagation();
    if (event.key === 'ArrowDown') this.active = (this.active + 1) % this.found.length;
    else if (event.key === 'ArrowUp') this.active = (this.active - 1 + this.found.length) % this.found.length;
    else if (event.key === 'Escape') this.close();
    else pick(option);
    return true;
  }
}

function isForList({ key, shiftKey }: KeyboardEvent): boolean {
  return ['ArrowDown', 'ArrowUp', 'Escape'].includes(key) || (['Enter', 'Tab'].includes(key) && !shiftKey);
}
