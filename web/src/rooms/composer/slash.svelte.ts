import { Suggestions } from '../../ui/suggestions.svelte';
import type { SlashCommand } from '../conversation/extension';

/** Which command may be meant while one types its name. */
export class SlashCompletion extends Suggestions<SlashCommand> {
  /** The text has changed. Only a slash at the very beginning is a command. */
  look(text: string, commands: readonly SlashCommand[]): void {
    const isName = /^\/\w*$/.test(text);
    this.offer(isName ? commands.filter(({ name }) => name.startsWith(text) && name !== text) : []);
  }
}
