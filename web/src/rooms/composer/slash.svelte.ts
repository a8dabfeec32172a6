import type { SlashCommand } from '../conversation/extension';

/** Which command may be meant while one types its name. */
export class SlashCompletion {
  found = $state.raw<readonly SlashCommand[]>([]);
  active = $state(0);

  get isOpen(): boolean {
    return this.found.length > 0;
  }

  /** The text has changed. Only a slash at the very beginning is a command. */
  look(text: string, commands: readonly SlashCommand[]): void {
    this.active = 0;
    const isName = /^\/\w*$/.test(text);
    this.found = isName ? commands.filter(({ name }) => name.startsWith(text) && name !== text) : [];
  }

  close(): void {
    this.found = [];
  }

  /** Whether the key was for the list; `pick` hears which command was chosen. */
  takes(event: KeyboardEvent, pick: (command: SlashCommand) => void): boolean {
    const command = this.found[this.active];
    if (!command) return false;
    switch (event.key) {
      case 'ArrowDown':
        this.active = (this.active + 1) % this.found.length;
        return true;
      case 'ArrowUp':
        this.active = (this.active - 1 + this.found.length) % this.found.length;
        return true;
      case 'Enter':
      case 'Tab':
        if (event.shiftKey) return false;
        pick(command);
        return true;
      case 'Escape':
        this.close();
        return true;
      default:
        return false;
    }
  }
}
