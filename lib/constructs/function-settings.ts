import { ENV, type SettingName } from '../../lambdas/contract/environment.ts';
import type { FunctionSpec } from '../../lambdas/contract/functions.ts';
import { baseUrlName, forEachBaseUrl } from '../../lambdas/contract/providers.ts';
import type { BlocklistConfig } from '../config.ts';

/** The place of each setting of the functions in the configuration. */
const SETTINGS: Readonly<Record<SettingName, (config: BlocklistConfig) => string | number | boolean>> = {
  graphVersion: ({ graph }) => graph.version,
  ...forEachBaseUrl(
    (provider) =>
      ({ graph }) =>
        graph[baseUrlName(provider)],
  ),
  graphTimeoutMs: ({ graph }) => graph.timeoutSeconds * 1000,
  chunkSize: ({ chunkSize }) => chunkSize,
  listLimit: ({ listLimit }) => listLimit,
  auditRetentionDays: ({ auditRetentionDays }) => auditRetentionDays,
  jobRetentionDays: ({ jobs }) => jobs.retentionDays,
  tombstoneDays: ({ tombstoneDays }) => tombstoneDays,
  jobDeadlineHours: ({ jobs }) => jobs.deadlineHours,
  jobIdleMinutes: ({ jobs }) => jobs.idleMinutes,
  deferDays: ({ deferDays }) => deferDays,
  trustUnsigned: ({ webhooks }) => webhooks.trustUnsigned,
  openJobsPerNumber: ({ jobs }) => jobs.openPerNumber,
  openJobsPerCaller: ({ jobs }) => jobs.openPerCaller,
  reconciliationsPerHour: ({ reconcile }) => reconcile.requestsPerHour,
  tokenWarningDays: ({ tokenWarningDays }) => tokenWarningDays,
};

/** The variables of one function: only the settings that it reads. */
export function settingsOf({ caller, settings = [] }: FunctionSpec, config: BlocklistConfig): Record<string, string> {
  const values = Object.fromEntries(settings.map((name) => [ENV[name], String(SETTINGS[name](config))]));
  if (caller !== 'api' || config.callerNumbers === undefined) return values;
  return { ...values, [ENV.callerNumbers]: JSON.stringify(config.callerNumbers) };
}
