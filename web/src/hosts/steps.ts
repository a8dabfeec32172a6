import { t } from './messages';
import type { CheckStep } from './types';

/** What a step of a connection test is about; a step that a newer server makes keeps its own name. */
export function stepText(name: string): string {
  switch (name) {
    case 'resolve':
    case 'connect':
    case 'host_key':
    case 'sign_in':
    case 'tools':
    case 'folder':
    case 'disk':
    case 'sftp':
    case 'local':
      return t(`step_${name}`);
    default:
      return name;
  }
}

/** Why a step failed and what to do about it; null when only the server's own note says it. */
export function adviceFor({ name, code }: CheckStep): string | null {
  switch (code) {
    case 'refused':
      return t(name === 'connect' ? 'fix_port' : name === 'sftp' ? 'fix_sftp' : 'fix_shell');
    case 'disk':
      return t(name === 'disk' ? 'fix_full' : 'fix_folder');
    case 'resolve':
    case 'timed_out':
    case 'unreachable':
    case 'host_key_unknown':
    case 'host_key_changed':
    case 'user_rejected':
    case 'protocol':
    case 'tools':
    case 'lost':
      return t(`fix_${code}`);
    default:
      return null;
  }
}

/** Codes whose advice says all that the server's note says. */
const complete = new Set(['timed_out', 'host_key_unknown', 'host_key_changed', 'user_rejected']);

/** What the server itself says of a failure, in English, where it says more than the advice. */
export function detailOf({ name, code, note }: CheckStep): string {
  const isSaid = code !== null && (complete.has(code) || (code === 'refused' && name === 'connect'));
  return isSaid ? '' : note;
}
