import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export const ADMIN_PASSWORD = 'admin-password';

export interface ServerOptions {
  /** A PostgreSQL database; without one it is SQLite in the server's own folder. */
  database?: string;
  /** The Redis over which it talks to other nodes on the database. */
  layer?: string;
  /** The key of the vault; nodes on one database need the same. */
  vaultKey?: string;
  commandsPerSecond?: number;
  /** With the sample team and its orders, as somebody finds it who starts it for the first time. */
  withSample?: boolean;
  /** Scripts of flows may run on this machine. */
  localRunner?: boolean;
  /** Webhooks may go to programs on this machine. */
  localWebhooks?: boolean;
}

/** The real program, on a free port and in a folder of its own. */
export class Server {
  /** For example `http://127.0.0.1:40123`; the same after `startAgain`. */
  url = '';
  readonly #folder: string;
  /** For scripts, whose user may be another one than ours and has to get in there. */
  readonly #scripts: string;
  readonly #options: ServerOptions;
  #process: ChildProcess | null = null;
  #log: string[] = [];

  private constructor(folder: string, options: ServerOptions) {
    this.#folder = join(folder, 'data');
    this.#scripts = join(folder, 'scripts');
    this.#options = options;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
    await chmod(folder, 0o711);
    const server = new Server(folder, options);
    await server.#run('127.0.0.1:0');
    return server;
  }

  /** What the server wrote about itself, for reports of failed tests. */
  get log(): string {
    return this.#log.join('\n');
  }

  /** The power goes out: nothing is said, nothing is finished. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** On the same port and with the same data. */
  async startAgain(): Promise<void> {
    await this.#run(new URL(this.url).host);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    await rm(dirname(this.#folder), { recursive: true, force: true });
  }

  async #run(listen: string): Promise<void> {
    const { database, layer, vaultKey, commandsPerSecond, withSample = false } = this.#options;
    const { localRunner = false, localWebhooks = false } = this.#options;
    const program = process.env.COUNTERSIGN_BIN ?? '../target/debug/countersign';
    const child = spawn(
      program,
      [
        'serve',
        ...['--listen', listen],
        ...['--data', this.#folder],
        ...(withSample ? [] : ['--bare']),
        ...(localRunner ? ['--local-runner', '--local-folder', this.#scripts] : []),
        ...(localWebhooks ? ['--webhook-allow', '127.0.0.1'] : []),
        ...(database === undefined ? [] : ['--database', database]),
        ...(layer === undefined ? [] : ['--layer', layer]),
        ...(vaultKey === undefined ? [] : ['--vault-key', vaultKey]),
        ...(commandsPerSecond === undefined ? [] : ['--commands-per-second', String(commandsPerSecond)]),
      ],
      { env: ownEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#process = child;
    createInterface({ input: child.stderr }).on('line', (line) => this.#log.push(line));
    const lines = createInterface({ input: child.stdout });
    const refused = once(child, 'error').then(([cause]) => {
      throw new Error(`${program} could not be started`, { cause });
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened:\n${this.log}`);
    });
    // Both lose the race when all is well, and must not count as unhandled later on.
    refused.catch(() => undefined);
    ended.catch(() => undefined);
    this.url = await Promise.race([addressIn(lines), refused, ended]);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

async function addressIn(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const address = /^listening on (http:\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('the server did not say where it listens');
}

/** Settings of whoever runs the tests are not for the servers in them. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_'));
  return { ...Object.fromEntries(kept), COUNTERSIGN_ADMIN_PASSWORD: ADMIN_PASSWORD };
}
