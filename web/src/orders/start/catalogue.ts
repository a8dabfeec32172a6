import type { FlowSummary } from '../../flows/types';
import type { Words } from '../../i18n/words';

function textsOf(words: Words): string[] {
  return typeof words === 'string' ? [words] : [words.zh, words.en];
}

/** Flows that have every word of the query in their name or description, in either language; those by name first. */
export function matchingFlows(flows: readonly FlowSummary[], query: string): FlowSummary[] {
  const wanted = query.normalize('NFKC').toLowerCase().split(/\s+/).filter((word) => word !== '');
  const contain = (texts: readonly string[]): boolean => {
    const text = texts.join('\n').normalize('NFKC').toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  const byName = flows.filter(({ flow, name }) => contain([flow, ...textsOf(name)]));
  const byText = flows.filter(({ flow, name, description }) =>
    contain([flow, ...textsOf(name), ...textsOf(description)]),
  );
  return [...byName, ...byText.filter((flow) => !byName.includes(flow))];
}

/** A draft that nobody has written into yet: starting the same flow again goes on with it instead of making another. */
export function untouchedDraft<Draft extends { flow: string; version: number; created_at: number; updated_at: number }>(
  drafts: readonly Draft[],
  flow: string,
  version: number,
): Draft | undefined {
  return drafts.find((draft) => draft.flow === flow && draft.version === version && draft.updated_at === draft.created_at);
}
