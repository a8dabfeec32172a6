import { expect, it } from 'vitest';
import { type Settings, settingGroups } from './settings';

const settings: Settings = {
  version: '0.1.0',
  database: 'sqlite',
  redis: false,
  public_url: null,
  https: false,
  insecure: false,
  max_file_mib: 25,
  max_database_mib: null,
  commands_per_second: 20,
  audit_webhook: false,
  mail: false,
  max_output_mib: 4,
  keep_releases: 20,
  keep_artifacts_days: 14,
  local_runner: { enabled: false, user: null, uid: null },
};

it('scripts that run as the server itself are warned of, and only those', () => {
  const warnings = (local_runner: Settings['local_runner']) =>
    settingGroups({ ...settings, local_runner }).filter(({ warning }) => warning !== undefined).length;
  expect(warnings({ enabled: true, user: null, uid: null })).toBe(1);
  expect(warnings({ enabled: true, user: 'nobody', uid: 65534 })).toBe(0);
  expect(warnings({ enabled: false, user: null, uid: null })).toBe(0);
});
