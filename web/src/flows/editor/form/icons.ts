import AlignLeft from '@lucide/svelte/icons/align-left';
import Banknote from '@lucide/svelte/icons/banknote';
import Calendar from '@lucide/svelte/icons/calendar';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import Hash from '@lucide/svelte/icons/hash';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Paperclip from '@lucide/svelte/icons/paperclip';
import Table from '@lucide/svelte/icons/table-2';
import Type from '@lucide/svelte/icons/type';
import User from '@lucide/svelte/icons/user-round';
import Users from '@lucide/svelte/icons/users-round';

export const fieldIcons = {
  text: Type,
  long_text: AlignLeft,
  number: Hash,
  money: Banknote,
  date: Calendar,
  choice: CircleDot,
  choices: ListChecks,
  person: User,
  group: Users,
  file: Paperclip,
  table: Table,
} as const;
