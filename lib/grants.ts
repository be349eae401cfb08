import type { BlocklistTable } from './constructs/blocklist-table.ts';
import type { BulkWorkflow } from './constructs/bulk-workflow.ts';
import type { Functions } from './constructs/functions.ts';
import type { Reconciliation } from './constructs/reconciliation.ts';
import type { TokenSecret } from './constructs/token-secret.ts';

export interface GrantsProps {
  readonly functions: Functions;
  readonly table: BlocklistTable;
  readonly token: TokenSecret;
  readonly workflow: BulkWorkflow;
  readonly reconciliation: Reconciliation;
}

/** Who may use what. How, with which actions and variables, is the owner's: the table, the secret, the workflows. */
export function grant(props: GrantsProps): void {
  grantTable(props);
  grantToken(props);
  grantWorkflows(props);
}

function grantTable({ functions: { api, workflow, reconciliation, scheduled }, table }: GrantsProps): void {
  const { processChunk, failChunk, finishJob } = workflow;
  const { listNumbers, reconcileNumbers } = reconciliation;
  const { expireBlocks, retryDeferred, sweep, checkTokens } = scheduled;
  const { blockUsers, unblockUsers, createJobs, cancelJob, retryJob, receiveWebhook } = api;
  for (const fn of [blockUsers, unblockUsers, createJobs, cancelJob, retryJob]) table.grantWriteBlocklist(fn);
  for (const fn of [processChunk, failChunk, finishJob, reconcileNumbers]) table.grantWriteBlocklist(fn);
  for (const fn of [receiveWebhook, expireBlocks, retryDeferred, sweep]) table.grantWriteBlocklist(fn);
  for (const fn of [api.getBlocklist, reconcileNumbers, expireBlocks, retryDeferred, sweep]) table.grantFindDue(fn);
  // How many jobs are open is read there.
  for (const fn of [blockUsers, unblockUsers, createJobs]) table.grantFindDue(fn);
  for (const fn of [api.listBlockedUsers, api.getJob]) table.grantReadPages(fn);
  for (const fn of [api.listJobs, api.listJobUsers]) table.grantReadJobs(fn);
  for (const fn of [listNumbers, checkTokens]) table.grantListNumbers(fn);
  table.grantReadHistory(api.getUserHistory);
  for (const fn of [api.getBlockedUser, api.lookupUsers]) table.grantReadUsers(fn);
  table.grantReadSummary(api.getBlocklist);
  table.grantReadOperations(api.listOperations);
  table.grantRequestReconciliation(api.startReconciliation);
}

function grantToken({ functions: { api, workflow, reconciliation, scheduled }, token }: GrantsProps): void {
  const { blockUsers, unblockUsers, listBlockedUsers, createJobs, startReconciliation, receiveWebhook } = api;
  const { expireBlocks, retryDeferred, checkTokens } = scheduled;
  for (const fn of [blockUsers, unblockUsers, createJobs, receiveWebhook]) token.grantRead(fn);
  for (const fn of [listBlockedUsers, startReconciliation]) token.grantRead(fn);
  for (const fn of [workflow.processChunk, reconciliation.reconcileNumbers]) token.grantRead(fn);
  for (const fn of [expireBlocks, retryDeferred, checkTokens]) token.grantRead(fn);
}

function grantWorkflows({ functions: { api, scheduled }, workflow, reconciliation }: GrantsProps): void {
  const { blockUsers, unblockUsers, createJobs, retryJob, startReconciliation } = api;
  for (const fn of [blockUsers, unblockUsers, createJobs, retryJob, scheduled.sweep]) workflow.grantStart(fn);
  for (const fn of [startReconciliation, scheduled.sweep]) reconciliation.grantStart(fn);
  workflow.grantDescribe(scheduled.sweep);
  reconciliation.grantDescribe(startReconciliation);
}
