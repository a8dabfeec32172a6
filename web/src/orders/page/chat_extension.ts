import type { RoomExtension, SlashCommand } from '../../rooms/conversation/extension';
import type { Desk } from './desk.svelte';
import { t } from './messages';
import OrderLine from './OrderLine.svelte';
import type { MoveName } from './types';

const commands: readonly { move: MoveName; name: string; text: Parameters<typeof t>[0]; takesWords: boolean }[] = [
  { move: 'approve', name: '/approve', text: 'commandApprove', takesWords: true },
  { move: 'reject', name: '/reject', text: 'commandReject', takesWords: true },
  { move: 'withdraw', name: '/withdraw', text: 'commandWithdraw', takesWords: true },
  { move: 'nudge', name: '/nudge', text: 'commandNudge', takesWords: false },
];

/** What the room of this order can do beside talking: only the commands that are legal now are offered. */
export function chatExtension(desk: Desk): RoomExtension {
  return {
    Line: OrderLine,
    get commands(): readonly SlashCommand[] {
      const legal = new Set(desk.order.moves.map(({ move }) => move));
      return commands
        .filter(({ move }) => legal.has(move))
        .map(({ name, text, takesWords }) => ({ name, text: t(text), takesWords }));
    },
    get placeholder(): string {
      return t('composerOrder');
    },
    get until(): number | null {
      return desk.replay.position;
    },
  };
}
