import { nameOf } from '../../rooms/names';
import { t } from './messages';
import type { Leaving } from './orders.svelte';

type Verdict = Parameters<typeof t>[0];

const verdicts: Record<string, Verdict> = {
  approve: 'verdictApproved',
  approved: 'verdictApproved',
  reject: 'verdictRejected',
  rejected: 'verdictRejected',
  return: 'verdictReturned',
  returned: 'verdictReturned',
  handle: 'verdictHandled',
  handled: 'verdictHandled',
  transfer: 'verdictTransferred',
  transferred: 'verdictTransferred',
  force_transfer: 'verdictTransferred',
  withdraw: 'verdictWithdrawn',
  withdrawn: 'verdictWithdrawn',
  force_close: 'verdictClosed',
  closed: 'verdictClosed',
  claim: 'verdictClaimed',
  claimed: 'verdictClaimed',
};

/** One sentence on why a row leaves: who has done what. */
export function leavingText({ by, verdict, reason }: Leaving, me: number): string {
  const what = t(verdicts[verdict ?? ''] ?? verdicts[reason ?? ''] ?? 'verdictOther');
  if (by === null) return t('byItself');
  return by === me ? t('youDid', { what }) : t('somebodyDid', { who: nameOf(by), what });
}
