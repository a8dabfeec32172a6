import { type ApiProblem, asProblem } from '../api/client';

/** One form's way to the server: busy, and what was refused, by field or as a whole. */
export class Submission {
  busy = $state(false);
  problem = $state.raw<ApiProblem | null>(null);
  readonly #fields: readonly string[];

  /** `fields` are those next to which the form shows errors itself. */
  constructor(fields: readonly string[] = []) {
    this.#fields = fields;
  }

  /** True when the action went through. While one is under way, another one is ignored. */
  async run(action: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await action();
      return true;
    } catch (cause) {
      this.problem = asProblem(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }

  fieldError(field: string): string | undefined {
    return this.problem?.fieldError(field);
  }

  /** The sentence for the banner: whatever does not stand next to a field already. */
  get generalError(): string | null {
    if (this.problem === null || this.problem.isAllAbout(this.#fields)) return null;
    return this.problem.message;
  }

  reset(): void {
    this.problem = null;
  }
}
