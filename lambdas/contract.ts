/**
 * What the infrastructure and the functions must agree on: names of environment variables, error names that a state
 * machine may match, limits, and the entry points. The only file of `lambdas/` that `lib/` imports; it imports nothing.
 */

/** Environment variables of the functions. Each handler reads and validates only those that its ports need. */
export const ENV = {
  tableName: 'TABLE_NAME',
  secretArn: 'TOKEN_SECRET_ARN',
  stateMachineArn: 'BULK_STATE_MACHINE_ARN',
  reconciliationArn: 'RECONCILIATION_STATE_MACHINE_ARN',
  graphVersion: 'GRAPH_VERSION',
  metaBaseUrl: 'META_BASE_URL',
  splashifyBaseUrl: 'SPLASHIFY_BASE_URL',
  graphTimeoutMs: 'GRAPH_TIMEOUT_MS',
  chunkSize: 'CHUNK_SIZE',
  listLimit: 'LIST_LIMIT',
  auditRetentionDays: 'AUDIT_RETENTION_DAYS',
  jobRetentionDays: 'JOB_RETENTION_DAYS',
  tombstoneDays: 'TOMBSTONE_DAYS',
  jobDeadlineHours: 'JOB_DEADLINE_HOURS',
  jobIdleMinutes: 'JOB_IDLE_MINUTES',
  deferDays: 'DEFER_DAYS',
  trustUnsigned: 'TRUST_UNSIGNED_WEBHOOKS',
  openJobsPerNumber: 'OPEN_JOBS_PER_NUMBER',
  openJobsPerCaller: 'OPEN_JOBS_PER_CALLER',
  reconciliationsPerHour: 'RECONCILIATIONS_PER_HOUR',
  tokenWarningDays: 'TOKEN_WARNING_DAYS',
  serviceStage: 'SERVICE_STAGE',
  publicUrl: 'PUBLIC_URL',
  callerNumbers: 'CALLER_NUMBERS',
} as const;

/** Limits of Graph (`graph-api.md`), of AWS, and of this service's contract. */
export const LIMITS = {
  /** Entries in one request of a caller; more than that cannot be on one list. */
  entriesPerRequest: 64_000,
  /** Bytes of a request body. Lambda's synchronous payload limit. */
  bodyBytes: 6 * 1024 * 1024,
  /** Users that one list can hold (Meta). */
  listSize: 64_000,
  /** Users that Meta takes in one request. */
  usersPerGraphRequest: 1_000,
  reasonCharacters: 256,
  onBehalfOfCharacters: 128,
  idempotencyKeyCharacters: 255,
  /** Retries of one job: each of them, and a cancellation of its run, is kept in the job's item for good. */
  retriesPerJob: 50,
  /** Users of one look-up. */
  usersPerLookup: 1_000,
  /** Phone number ids of one request for jobs. */
  numbersPerRequest: 100,
  /** Years after which a temporary block ends at the latest. */
  blockYears: 5,
  pageSize: 1_000,
  defaultPageSize: 100,
  /** Seconds that API Gateway waits for an integration. */
  apiGatewaySeconds: 29,
} as const;

/** Seconds that a function behind the API may run: API Gateway's 29 less the time to answer. */
export const API_FUNCTION_TIMEOUT_SECONDS = 28;
/** Seconds that one pass over a chunk may run: one call to Graph, its retries by time-out, and the writes. */
export const CHUNK_FUNCTION_TIMEOUT_SECONDS = 120;
/** Seconds that ending a job may run: at worst it writes off each chunk of a full list, 1,000 users at a time. */
export const JOB_FUNCTION_TIMEOUT_SECONDS = 300;

/** Seconds that one pass over a group of numbers may run: it pages whole lists, and writes what it finds. */
export const RECONCILE_FUNCTION_TIMEOUT_SECONDS = 600;
/** Seconds that the sweep may run: it finds what stopped and starts it again, and at worst it ends a job itself. */
export const SWEEP_FUNCTION_TIMEOUT_SECONDS = 600;
/**
 * Seconds that one run over what is due may take (blocks that end, deferred blocks): less than the five minutes to the next
 * run, so that two of them mostly do not overlap. What is left over is still due then.
 */
export const DUE_FUNCTION_TIMEOUT_SECONDS = 290;
/** Seconds that the check of the tokens may run: two calls to Graph a token. */
export const TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS = 300;

/** Table, index and attribute names. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttl: 'ttl',
  dueIndex: 'due',
  dueBucket: 'dueBucket',
  dueAt: 'dueAt',
} as const;

/** Entry points: one file of `lambdas/handlers/` per function, exported as `handler`. */
export const API_HANDLERS = {
  blockUsers: 'block-users',
  unblockUsers: 'unblock-users',
  listBlockedUsers: 'list-blocked-users',
  getBlockedUser: 'get-blocked-user',
  getUserHistory: 'get-user-history',
  lookupUsers: 'lookup-users',
  getBlocklist: 'get-blocklist',
  listOperations: 'list-operations',
  createJobs: 'create-jobs',
  listJobs: 'list-jobs',
  getJob: 'get-job',
  listJobUsers: 'list-job-users',
  cancelJob: 'cancel-job',
  retryJob: 'retry-job',
  startReconciliation: 'start-reconciliation',
  receiveWebhook: 'receive-webhook',
  health: 'health',
} as const;

export const WORKFLOW_HANDLERS = {
  processChunk: 'process-chunk',
  failChunk: 'fail-chunk',
  finishJob: 'finish-job',
} as const;

export const RECONCILIATION_HANDLERS = {
  listNumbers: 'list-numbers',
  reconcileNumbers: 'reconcile-numbers',
} as const;

/** What EventBridge Scheduler calls directly. */
export const SCHEDULED_HANDLERS = {
  sweep: 'sweep',
  expireBlocks: 'expire-blocks',
  retryDeferred: 'retry-deferred',
  checkTokens: 'check-tokens',
} as const;

/**
 * What `process-chunk` returns to the state machine. `again` asks for a Wait of `seconds` and another pass; anything else
 * ends the chunk. Expected outcomes are returned, never thrown, so that a Wait can last as long as Graph named.
 */
export const CHUNK_RESULT = { done: 'done', again: 'again' } as const;

/** What `reconcile-numbers` returns: `again` asks for a Wait of `seconds` and another pass over the `numbers` it returns. */
export const RECONCILE_RESULT = { done: 'done', again: 'again' } as const;

/** Messages of the log that an alarm looks for. */
export const LOGGED = { numberNotReconciled: 'number not reconciled', dueNotDone: 'what is due was not done' } as const;

/**
 * What a new token secret holds until an operator puts the token in. Never a usable token. Never to be changed: the next
 * deploy would write it over every token that was put in.
 */
export const SECRET_PLACEHOLDER = '{"default":{"token":""}}';

/**
 * The shell command by which an operator changes the token secret, at first and later: it opens the whole secret in an editor,
 * so that the tokens of other numbers stay, and no token is left in the history of the shell.
 */
export function setTokenCommand(secretArn: string, region: string): string {
  const secret = `--region ${region} --secret-id '${secretArn}'`;
  const read = `aws secretsmanager get-secret-value ${secret} --query SecretString --output text > tokens.json`;
  const write = `aws secretsmanager put-secret-value ${secret} --secret-string file://tokens.json`;
  return `(umask 077 && ${read} && vi tokens.json && ${write} && rm tokens.json)`;
}

/**
 * What a caller needs to be trusted with for a route: to look, to change users, to look after the work of others, or to
 * forward webhooks and nothing else.
 */
export type Scope = 'read' | 'write' | 'operate' | 'webhook';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly handler: keyof typeof API_HANDLERS;
  readonly scope: Scope;
}

const NUMBER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/block_users', handler: 'listBlockedUsers', scope: 'read' },
  { method: 'POST', path: '/block_users', handler: 'blockUsers', scope: 'write' },
  { method: 'DELETE', path: '/block_users', handler: 'unblockUsers', scope: 'write' },
  { method: 'POST', path: '/block_users/lookup', handler: 'lookupUsers', scope: 'read' },
  { method: 'GET', path: '/block_users/{user}', handler: 'getBlockedUser', scope: 'read' },
  { method: 'GET', path: '/block_users/{user}/history', handler: 'getUserHistory', scope: 'read' },
  { method: 'GET', path: '/blocklist', handler: 'getBlocklist', scope: 'read' },
  { method: 'POST', path: '/blocklist/reconcile', handler: 'startReconciliation', scope: 'operate' },
  { method: 'GET', path: '/operations', handler: 'listOperations', scope: 'read' },
];

const OTHER_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/jobs', handler: 'listJobs', scope: 'read' },
  { method: 'POST', path: '/jobs', handler: 'createJobs', scope: 'write' },
  { method: 'GET', path: '/jobs/{id}', handler: 'getJob', scope: 'read' },
  { method: 'GET', path: '/jobs/{id}/users', handler: 'listJobUsers', scope: 'read' },
  { method: 'POST', path: '/jobs/{id}/cancel', handler: 'cancelJob', scope: 'operate' },
  { method: 'POST', path: '/jobs/{id}/retry', handler: 'retryJob', scope: 'operate' },
  { method: 'POST', path: '/webhooks/whatsapp', handler: 'receiveWebhook', scope: 'webhook' },
  { method: 'GET', path: '/health', handler: 'health', scope: 'read' },
];

/**
 * Every route. API Gateway allows one variable name per level, so `{version}` is also where the phone number id stands in the
 * form without a version; the handlers tell them apart by whether `phoneNumberId` is there. A fixed part wins over a
 * variable beside it: `block_users/lookup` is no user, and neither number nor version is called `jobs`.
 */
export function routes(): Route[] {
  const ofNumbers = ['/{version}', '/{version}/{phoneNumberId}'].flatMap((number) =>
    NUMBER_ROUTES.map((route) => ({ ...route, path: number + route.path })),
  );
  return [...ofNumbers, ...OTHER_ROUTES];
}
