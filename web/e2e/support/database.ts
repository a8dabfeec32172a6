import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The address of a PostgreSQL server whose user may make databases; see `scripts/services.sh`. */
const VARIABLE = 'COUNTERSIGN_TEST_POSTGRES';

export interface FreshDatabase {
  url: string;
  drop(): Promise<void>;
}

/** An empty PostgreSQL database that nobody else uses. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const service = process.env[VARIABLE];
  if (service === undefined) throw new Error(`${VARIABLE} is not set, although the set-up of all tests sees to it`);
  const name = `e2e_${process.pid}_${Date.now()}`;
  await execute(service, `CREATE DATABASE ${name}`);
  const url = new URL(service);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(service, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function execute(service: string, statement: string): Promise<void> {
  const { stdout: programs } = await run('../scripts/services.sh', ['find-postgres']);
  await run(join(programs.trim(), 'psql'), [service, '--no-psqlrc', '--quiet', '--command', statement]);
}
