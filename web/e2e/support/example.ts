import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BrowserContextOptions, expect, type Page, test as base } from '@playwright/test';
import { watchForComplaints } from './complaints';
import { Redis } from './redis';

export { expect };

export type ExampleName =
  'polling' | 'long_polling' | 'echo' | 'handshake' | 'group_list' | 'group_layer' | 'live_chart';

/** A program of the library's tutorial, on a free port. */
export class Example {
  /** What it has printed so far, a line each. */
  readonly printed: string[] = [];
  /** Host and port. */
  address = '';
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(name: ExampleName, ...options: string[]): Promise<Example> {
    // Cargo puts them beside the server that the other tests start.
    const folder = dirname(process.env.COUNTERSIGN_BIN ?? '../target/debug/countersign');
    const child = spawn(join(folder, 'examples', name), options, {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const example = new Example(child);
    const lines = createInterface({ input: child.stdout });
    const listening = new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        example.printed.push(line);
        const address = /^http:\/\/(\S+)\/home\/$/.exec(line)?.[1];
        if (address !== undefined) resolve(address);
      });
      child.once('error', (cause) => {
        reject(new Error(`${name} is not there: cargo build --package channels --examples`, { cause }));
      });
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code} before it listened`)));
    });
    example.address = await listening;
    return example;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

interface ExampleFixtures {
  /** Starts an example, which ends with the test. */
  start: (name: ExampleName, ...options: string[]) => Promise<Example>;
  /** A page in a browser of its own: at an address, or with this HTML and from nowhere, as a file that is opened. */
  open: (where: { url: string } | { html: string }, options?: BrowserContextOptions) => Promise<Page>;
  redis: Redis;
}

export const test = base.extend<ExampleFixtures>({
  start: async ({}, use) => {
    const examples: Example[] = [];
    await use(async (name, ...options) => {
      const example = await Example.start(name, ...options);
      examples.push(example);
      return example;
    });
    for (const example of examples) await example.stop();
  },

  open: async ({ browser, contextOptions, locale }, use) => {
    const complaints: string[][] = [];
    const pages: Page[] = [];
    await use(async (where, options = {}) => {
      const context = await browser.newContext({ ...contextOptions, locale, ...options });
      complaints.push(watchForComplaints(context));
      const page = await context.newPage();
      pages.push(page);
      if ('url' in where) await page.goto(where.url);
      else await page.setContent(where.html);
      return page;
    });
    for (const page of pages) await page.context().close();
    expect(complaints.flat()).toEqual([]);
  },

  redis: async ({}, use) => {
    const redis = await Redis.start();
    await use(redis);
    await redis.kill();
  },
});
