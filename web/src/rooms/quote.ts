import type { File } from '../api/types';
import { plainLine } from './markdown/lex';
import { t } from './messages';

interface Quotable {
  text: string | null;
  files: readonly File[];
  isRecalled?: boolean;
}

/** A message in one line: its words, else what it carries. */
export function quoteOf({ text, files, isRecalled }: Quotable): string {
  if (isRecalled) return t('recalledMessage');
  const words = plainLine(text ?? '');
  if (words !== '') return words;
  const first = files[0];
  if (!first) return text ?? '';
  return `${t(first.width === null ? 'fileMessage' : 'imageMessage')} ${first.name}`;
}
