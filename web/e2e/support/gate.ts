import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a script waits at until the test lets it go on. */
export class Gate {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async closed(): Promise<Gate> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-gate-'));
    // The user of the script may be another one than ours.
    await chmod(folder, 0o711);
    return new Gate(folder);
  }

  /** Ends as soon as the gate is open. */
  get script(): string {
    return `until [ -e ${this.#opened} ]; do sleep 0.1; done`;
  }

  async open(): Promise<void> {
    await writeFile(this.#opened, '');
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #opened(): string {
    return join(this.#folder, 'open');
  }
}
