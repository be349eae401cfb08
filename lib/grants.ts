import type { BlocklistTable, TableAction } from './constructs/blocklist-table.ts';
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

/**
 * Who may use what: exactly what each function was seen to ask for (`test/support/recorded-calls.json`). Which variables come
 * with it is the owner's: the table, the secret, the workflows.
 */
export function grant(props: GrantsProps): void {
  grantTable(props);
  grantToken(props);
  grantWorkflows(props);
}

/** All that changing users takes: mirror, aliases, audit, operations, and the jobs that they are changed by. */
const CHANGE_USERS = [
  'BatchGetItem',
  'BatchWriteItem',
  'GetItem',
  'PartiQLInsert',
  'PartiQLUpdate',
  'PutItem',
  'Query',
  'UpdateItem',
] as const satisfies readonly TableAction[];

function grantTable({ functions: { api, workflow, reconciliation, scheduled }, table }: GrantsProps): void {
  const { processChunk, failChunk, finishJob } = workflow;
  const { listNumbers, reconcileNumbers } = reconciliation;
  const { expireBlocks, retryDeferred, sweep, checkTokens } = scheduled;
  for (const fn of [api.blockUsers, api.unblockUsers, api.receiveWebhook]) table.grant(fn, CHANGE_USERS);
  for (const fn of [processChunk, failChunk, finishJob, reconcileNumbers]) table.grant(fn, CHANGE_USERS);
  for (const fn of [expireBlocks, retryDeferred, sweep]) table.grant(fn, CHANGE_USERS);
  for (const fn of [api.getBlocklist, reconcileNumbers, expireBlocks, retryDeferred, sweep]) table.grantFindDue(fn);
  // How many jobs are open is read there.
  for (const fn of [api.blockUsers, api.unblockUsers, api.createJobs]) table.grantFindDue(fn);

  table.grant(api.createJobs, [
    'BatchGetItem',
    'BatchWriteItem',
    'GetItem',
    'PartiQLInsert',
    'PutItem',
    'Query',
    'UpdateItem',
  ]);
  table.grant(api.cancelJob, ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem']);
  table.grant(api.retryJob, ['GetItem', 'Query', 'UpdateItem']);
  table.grant(api.listJobs, ['BatchGetItem', 'Query']);
  table.grant(api.getJob, ['GetItem', 'Query']);
  table.grant(api.listJobUsers, ['BatchGetItem', 'GetItem', 'Query']);
  table.grant(api.listBlockedUsers, ['GetItem', 'Query']);
  for (const fn of [api.getBlockedUser, api.lookupUsers]) table.grant(fn, ['BatchGetItem', 'GetItem']);
  table.grant(api.getUserHistory, ['BatchGetItem', 'Query']);
  table.grant(api.getBlocklist, ['BatchGetItem', 'GetItem']);
  table.grant(api.startReconciliation, ['GetItem', 'PutItem', 'UpdateItem']);
  for (const fn of [api.listOperations, listNumbers, checkTokens]) table.grant(fn, ['Query']);
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
