import {
  type API_HANDLERS,
  ENV,
  type RECONCILIATION_HANDLERS,
  type SCHEDULED_HANDLERS,
  type WORKFLOW_HANDLERS,
} from '../../lambdas/contract.ts';
import type { BlocklistConfig } from '../config.ts';
import type { BlocklistFunction } from './blocklist-function.ts';

type Group<Handlers> = Readonly<Record<keyof Handlers, BlocklistFunction>>;

/** Every function of the service, by what calls it. */
export interface FunctionGroups {
  readonly api: Group<typeof API_HANDLERS>;
  readonly workflow: Group<typeof WORKFLOW_HANDLERS>;
  readonly reconciliation: Group<typeof RECONCILIATION_HANDLERS>;
  readonly scheduled: Group<typeof SCHEDULED_HANDLERS>;
}

/** Hands each function the settings that it reads, and no other. */
export function configureFunctions(
  { api, workflow, reconciliation, scheduled }: FunctionGroups,
  config: BlocklistConfig,
): void {
  const { blockUsers, unblockUsers, listBlockedUsers, getBlocklist } = api;
  const { createJobs, cancelJob, retryJob, startReconciliation, receiveWebhook } = api;
  const { processChunk, failChunk, finishJob } = workflow;
  const { reconcileNumbers } = reconciliation;
  const { expireBlocks, retryDeferred, sweep, checkTokens } = scheduled;

  if (config.callerNumbers !== undefined) {
    const callerNumbers = JSON.stringify(config.callerNumbers);
    for (const fn of Object.values(api)) fn.setEnvironment({ [ENV.callerNumbers]: callerNumbers });
  }
  const callers = [
    blockUsers,
    unblockUsers,
    listBlockedUsers,
    receiveWebhook,
    processChunk,
    reconcileNumbers,
    expireBlocks,
    retryDeferred,
    checkTokens,
  ];
  // The last two ask about a number of which nothing is known yet, and wait for that no longer than they need.
  for (const fn of [...callers, createJobs, startReconciliation]) {
    fn.setEnvironment({
      [ENV.graphVersion]: config.graph.version,
      [ENV.metaBaseUrl]: config.graph.metaBaseUrl,
      [ENV.splashifyBaseUrl]: config.graph.splashifyBaseUrl,
    });
  }
  for (const fn of callers) fn.setEnvironment({ [ENV.graphTimeoutMs]: config.graph.timeoutSeconds * 1000 });
  const writers = [
    blockUsers,
    unblockUsers,
    createJobs,
    cancelJob,
    retryJob,
    startReconciliation,
    receiveWebhook,
    processChunk,
    failChunk,
    finishJob,
    reconcileNumbers,
    expireBlocks,
    retryDeferred,
    sweep,
  ];
  for (const fn of writers) {
    fn.setEnvironment({
      [ENV.auditRetentionDays]: config.auditRetentionDays,
      [ENV.jobRetentionDays]: config.jobs.retentionDays,
      [ENV.tombstoneDays]: config.tombstoneDays,
    });
  }
  for (const fn of [
    blockUsers,
    unblockUsers,
    getBlocklist,
    receiveWebhook,
    processChunk,
    expireBlocks,
    retryDeferred,
  ]) {
    fn.setEnvironment({ [ENV.listLimit]: config.listLimit });
  }
  for (const fn of [receiveWebhook, expireBlocks, retryDeferred]) {
    fn.setEnvironment({ [ENV.deferDays]: config.deferDays });
  }
  receiveWebhook.setEnvironment({ [ENV.trustUnsigned]: String(config.webhooks.trustUnsigned) });
  for (const fn of [blockUsers, unblockUsers, createJobs]) {
    fn.setEnvironment({
      [ENV.chunkSize]: config.chunkSize,
      [ENV.openJobsPerNumber]: config.jobs.openPerNumber,
      [ENV.openJobsPerCaller]: config.jobs.openPerCaller,
    });
  }
  startReconciliation.setEnvironment({ [ENV.reconciliationsPerHour]: config.reconcile.requestsPerHour });
  // Those that write when a job is due to be looked after.
  for (const fn of [blockUsers, unblockUsers, createJobs, retryJob, sweep]) {
    fn.setEnvironment({ [ENV.jobIdleMinutes]: config.jobs.idleMinutes });
  }
  for (const fn of [processChunk, sweep]) fn.setEnvironment({ [ENV.jobDeadlineHours]: config.jobs.deadlineHours });
  checkTokens.setEnvironment({ [ENV.tokenWarningDays]: config.tokenWarningDays });
}
