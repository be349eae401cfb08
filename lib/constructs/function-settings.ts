import { ENV, type SettingName } from '../../lambdas/contract/environment.ts';
import type { FunctionName, FunctionSpec } from '../../lambdas/contract/functions.ts';
import { baseUrlName, forEachBaseUrl } from '../../lambdas/contract/providers.ts';
import { scopeOf } from '../../lambdas/contract/routes.ts';
import type { BlocklistConfig } from '../config.ts';

/** The place of each setting of the functions in the configuration. A list is written with commas between. */
const SETTINGS: Readonly<
  Record<SettingName, (config: BlocklistConfig) => string | number | boolean | readonly string[]>
> = {
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
  logRetentionDays: ({ logRetentionDays }) => logRetentionDays,
  jobDeadlineHours: ({ jobs }) => jobs.deadlineHours,
  jobIdleMinutes: ({ jobs }) => jobs.idleMinutes,
  deferDays: ({ deferDays }) => deferDays,
  trustUnsigned: ({ webhooks }) => webhooks.trustUnsigned,
  openJobsPerNumber: ({ jobs }) => jobs.openPerNumber,
  openJobsPerCaller: ({ jobs }) => jobs.openPerCaller,
  reconciliationsPerHour: ({ reconcile }) => reconcile.requestsPerHour,
  tokenWarningDays: ({ tokenWarningDays }) => tokenWarningDays,
  eventUsers: ({ events }) => events.users,
  reasonCodes: ({ reasonCodes }) => reasonCodes,
  requireReason: ({ requireReason }) => requireReason,
};

/** The variables of one function: only the settings that it reads. */
export function settingsOf(name: FunctionName, spec: FunctionSpec, config: BlocklistConfig): Record<string, string> {
  const { caller, keys, settings = [] } = spec;
  const values = Object.fromEntries(settings.map((setting) => [ENV[setting], String(SETTINGS[setting](config))]));
  if (caller !== 'api') return values;
  const scope = config.callers.includes('apiKey') && keys === undefined ? scopeOf(name) : undefined;
  return {
    ...values,
    ...(scope !== undefined && { [ENV.scope]: scope }),
    ...(config.callerNumbers !== undefined && { [ENV.callerNumbers]: JSON.stringify(config.callerNumbers) }),
  };
}
