import type { components } from '../../api/schema';
import { t } from './messages';

/** How the server runs, as it says itself. */
export type Settings = components['schemas']['ServerSettings'];

export interface SettingGroup {
  title: string;
  text: string;
  warning?: string;
  lines: readonly { label: string; value: string; option?: string }[];
}

/** The settings in words, group by group. */
export function settingGroups(settings: Settings): SettingGroup[] {
  const yes = (is: boolean) => t(is ? 'yes' : 'no');
  const { local_runner: runner } = settings;
  return [
    {
      title: t('runner'),
      text: t('runnerText'),
      warning: runner.enabled && runner.user === null ? t('runnerUnsafe') : undefined,
      lines: [
        { label: t('runnerEnabled'), option: '--local-runner', value: yes(runner.enabled) },
        ...(runner.enabled
          ? [
              {
                label: t('runnerUser'),
                option: '--local-user',
                value: runner.user === null ? t('noUser') : t('ownUser', { user: runner.user }),
              },
            ]
          : []),
        { label: t('maxOutput'), option: '--max-output-mib', value: `${settings.max_output_mib} MiB` },
      ],
    },
    {
      title: t('server'),
      text: t('serverText'),
      warning: settings.insecure ? t('insecure') : undefined,
      lines: [
        { label: t('version'), value: settings.version },
        { label: t('publicUrl'), option: '--public-url', value: settings.public_url ?? t('asAsked') },
        { label: t('https'), value: yes(settings.https) },
        { label: t('mail'), option: '--smtp-url', value: yes(settings.mail) },
        { label: t('rate'), option: '--commands-per-second', value: String(settings.commands_per_second) },
      ],
    },
    {
      title: t('storage'),
      text: t('storageText'),
      lines: [
        { label: t('database'), option: '--database', value: t(settings.database) },
        { label: t('redis'), option: '--layer', value: yes(settings.redis) },
        { label: t('maxFile'), option: '--max-file-mib', value: `${settings.max_file_mib} MiB` },
        {
          label: t('maxDatabase'),
          option: '--max-database-mib',
          value: settings.max_database_mib === null ? t('noLimit') : `${settings.max_database_mib} MiB`,
        },
        { label: t('keepReleases'), option: '--keep-releases', value: String(settings.keep_releases) },
        { label: t('keepArtifacts'), option: '--keep-artifacts-days', value: t('days', { days: settings.keep_artifacts_days }) },
        { label: t('witness'), option: '--audit-webhook', value: yes(settings.audit_webhook) },
      ],
    },
  ];
}
