import { language } from '../i18n/language.svelte';
import type { FieldError, Problem } from './types';

/** What the server refused, or that it could not be reached (`status` 0). */
export class ApiProblem extends Error {
  readonly problem: Problem;
  readonly status: number;
  /** From `Retry-After`; null when the server did not say. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail || problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
    this.status = problem.status;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The last part of `type`, for example `room_not_found`. */
  get slug(): string {
    return this.problem.type.slice(this.problem.type.lastIndexOf('/') + 1);
  }

  /** The sentence for this field, or undefined. */
  fieldError(field: string): string | undefined {
    return this.problem.errors?.find((error: FieldError) => error.field === field)?.message;
  }

  /** True when each part of this problem stands next to one of these fields. */
  isAllAbout(fields: readonly string[]): boolean {
    const errors = this.problem.errors ?? [];
    return errors.length > 0 && errors.every((error) => fields.includes(error.field));
  }
}

const words = {
  en: {
    unreachable: 'The server cannot be reached',
    unreachableDetail: 'Check the network and try again.',
    unexpected: 'The server gave an unexpected answer ({status})',
  },
  'zh-CN': {
    unreachable: '无法连接服务器',
    unreachableDetail: '请检查网络后重试。',
    unexpected: '服务器返回了意外的结果（{status}）',
  },
} as const;

export function unreachableServer(): ApiProblem {
  const text = words[language.current];
  return new ApiProblem({
    type: '/problems/unreachable',
    title: text.unreachable,
    detail: text.unreachableDetail,
    status: 0,
  });
}

/** Makes a problem of any answer that is no success, also of one that a proxy wrote. */
export function problemOf(status: number, body: string, retryAfter: string | null): ApiProblem {
  const seconds = retryAfter === null ? Number.NaN : Number.parseInt(retryAfter, 10);
  const retryAfterSeconds = Number.isNaN(seconds) ? null : seconds;
  return new ApiProblem(parsedProblem(body) ?? unexpected(status), retryAfterSeconds);
}

/** Anything caught becomes a problem that can be shown. */
export function asProblem(cause: unknown): ApiProblem {
  if (cause instanceof ApiProblem) return cause;
  console.error(cause);
  return new ApiProblem(unexpected(0));
}

function parsedProblem(body: string): Problem | null {
  try {
    const value: unknown = JSON.parse(body);
    return isProblem(value) ? value : null;
  } catch {
    return null;
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'title' in value &&
    typeof value.title === 'string' &&
    'status' in value &&
    typeof value.status === 'number'
  );
}

function unexpected(status: number): Problem {
  const title = words[language.current].unexpected.replace('{status}', String(status));
  return { type: '/problems/unexpected', title, status };
}
