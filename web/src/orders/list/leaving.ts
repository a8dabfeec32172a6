import { nameOf } from '../../rooms/names';
import { t } from './messages';
import type { Leaving } from './orders.svelte';

type Verdict = Parameters<typeof t>[0];

const verdicts: Record<string, Verdict> = {
  approved: 'verdictApproved',
  rejected: 'verdictRejected',
  returned: 'verdictReturned',
  handled: 'verdictHandled',
  transferred: 'verdictTransferred',
  withdrawn: 'verdictWithdrawn',
  resubmitted: 'verdictResubmitted',
  closed: 'verdictClosed',
  claimed: 'verdictClaimed',
};

/** One sentence on why a row leaves: who has done what. */
export function leavingText({ by, verdict, reason }: Leaving, me: number): string {
  const what = t(verdicts[verdict ?? ''] ?? verdicts[reason ?? ''] ?? 'verdictOther');
  if (by === null) return t('byItself');
  return by === me ? t('youDid', { what }) : t('somebodyDid', { who: nameOf(by), what });
}
