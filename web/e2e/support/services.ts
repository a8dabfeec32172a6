import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = '../scripts/services.sh';

/** Runs once before all tests: PostgreSQL is there, or the run fails. What it returns runs after all of them. */
export default async function startServices(): Promise<() => Promise<void>> {
  if (!existsSync('dist/index.html')) throw new Error('web/dist is missing: run scripts/build-web.sh first');
  if (process.env.COUNTERSIGN_TEST_POSTGRES !== undefined) return async () => undefined;

  const { stdout } = await run(script, ['start', 'postgres']);
  for (const [, name = '', value = ''] of stdout.matchAll(/^export (\w+)='(.*)'$/gm)) process.env[name] = value;
  return async () => {
    await run(script, ['stop']);
  };
}
