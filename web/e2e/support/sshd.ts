import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real host: sshd on a free port of this machine, with a key and a home of its own. */
export class Sshd {
  readonly username = userInfo().username;
  port = 0;
  readonly #folder: string;
  #daemon: ChildProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<Sshd> {
    const sshd = new Sshd(await mkdtemp(join(tmpdir(), 'countersign-sshd-')));
    sshd.port = await freePort();
    await mkdir(join(sshd.#folder, 'home'));
    await sshd.allow('');
    await sshd.#run();
    return sshd;
  }

  /** What its administrator sees of its key, as in `SHA256:…`. */
  get fingerprint(): string {
    const said = execFileSync('ssh-keygen', ['-l', '-f', join(this.#folder, 'host_key.pub')], { encoding: 'utf8' });
    return said.split(' ')[1] ?? '';
  }

  /** Lets whoever has this key in, and nobody else. */
  async allow(publicKey: string): Promise<void> {
    await writeFile(join(this.#folder, 'authorized_keys'), `${publicKey}\n`);
  }

  /** As after an installation from scratch: the same port, another key. */
  async installAgain(): Promise<void> {
    await this.#end();
    await this.#run();
  }

  async stop(): Promise<void> {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const folder = this.#folder;
    await Promise.all(['host_key', 'host_key.pub'].map((name) => rm(join(folder, name), { force: true })));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host_key')]);
    const settings = [
      ...[`Port ${this.port}`, 'ListenAddress 127.0.0.1', `HostKey ${folder}/host_key`],
      ...[`AuthorizedKeysFile ${folder}/authorized_keys`, 'PidFile none', 'UsePAM no', 'StrictModes no'],
      ...['KbdInteractiveAuthentication no', `SetEnv HOME=${folder}/home`, 'Subsystem sftp internal-sftp', ''],
    ];
    await writeFile(join(folder, 'settings'), settings.join('\n'));
    // sshd asks for this folder when root starts it; a container may not have it.
    if (this.username === 'root') await mkdir('/run/sshd', { recursive: true });
    const program = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync) ?? 'sshd';
    const daemon = spawn(program, ['-D', '-e', '-f', join(folder, 'settings')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#daemon = daemon;
    for await (const line of createInterface({ input: daemon.stderr })) {
      if (line.includes('Server listening on')) break;
    }
    if (daemon.exitCode !== null) throw new Error('sshd ended before it listened; on Debian it is in openssh-server');
    daemon.stderr.resume();
  }

  async #end(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon === null || daemon.exitCode !== null) return;
    const exited = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
