import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ulid } from 'ulid';
import { DynamoBlocklistStore } from '../adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore, type JobStoreSettings } from '../adapters/dynamo/job-store.ts';
import type { Retention } from '../adapters/dynamo/retention.ts';
import type { Table } from '../adapters/dynamo/table.ts';
import { GraphClient } from '../adapters/graph/graph-client.ts';
import { SecretTokenSource } from '../adapters/secrets/token-source.ts';
import { StepFunctionsReconciliations, StepFunctionsWorkflow } from '../adapters/workflow/step-functions.ts';
import {
  DUE_FUNCTION_TIMEOUT_SECONDS,
  RECONCILE_FUNCTION_TIMEOUT_SECONDS,
  TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
} from '../contract/timeouts.ts';
import { SummaryCache } from '../core/blocklist/ask.ts';
import type { Clock } from '../core/ports.ts';
import { toCallerNumbers } from '../http/caller-numbers.ts';
import type { HandleOptions } from '../http/handle.ts';
import { env, optionalEnv } from './env.ts';
import { isSignedBy } from './hub-signature.ts';
import { log, requestLog } from './logger.ts';

/**
 * The one place where adapters meet core. Each part is built once per container, when it is first asked for. Marked as pure,
 * so that a function's bundle holds only what that function asks for.
 */
const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
/** Milliseconds of one request that go to Graph in all: API Gateway's 29 s less the table, the secret and the answer. */
const GRAPH_BUDGET_MS = 24_000;
const GRAPH_ATTEMPTS = 3;
/** Milliseconds in which one page of Graph's list must be there, with its retries, where nobody waits. */
const PAGE_BUDGET_MS = 90_000;
const PAGE_ATTEMPTS = 4;
/** Of the time that a pass over numbers may run, what is left to it. */
const RECONCILE_PASS_MS = (RECONCILE_FUNCTION_TIMEOUT_SECONDS - 30) * 1000;
/** Of the time that a run over what is due may take, what is left to begin something in: a call and its record come after. */
const DUE_PASS_MS = (DUE_FUNCTION_TIMEOUT_SECONDS - 60) * 1000;
/** Calls to Graph for one number at the same time, as in a job of the default settings. */
const DUE_CONCURRENCY = 4;
/** Of the time that the check of the tokens may run, what is left to Graph. */
const TOKEN_CHECK_BUDGET_MS = (TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS - 30) * 1000;
/** With pauses that double from a second: Graph may be away for a minute without a false alarm. */
const TOKEN_CHECK_ATTEMPTS = 7;

/** AWS answers in milliseconds; a call that hangs is given up and tried again while the caller is still waiting. */
const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** Without the SDK's log, which goes through all that is sent and received, a tenth of the CPU of 1,000 users, for nobody. */
function dynamoDb(): DynamoDBClient {
  const client = new DynamoDBClient(AWS_CLIENT);
  client.middlewareStack.removeByTag('LOGGER');
  return client;
}

const clock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

const table = /* @__PURE__ */ lazily((): Table => ({ client: dynamoDb(), name: env('tableName') }));

/** Read when something is written: a function that only reads is given no retention. */
const settings: Retention & JobStoreSettings = {
  get auditDays() {
    return env('auditRetentionDays');
  },
  get jobDays() {
    return env('jobRetentionDays');
  },
  get tombstoneDays() {
    return env('tombstoneDays');
  },
  get jobIdleMs() {
    return env('jobIdleMinutes') * MINUTE_MS;
  },
};

export const store = /* @__PURE__ */ lazily(() => new DynamoBlocklistStore(table(), settings));
export const jobs = /* @__PURE__ */ lazily(() => new DynamoJobStore(table(), settings));
export const summaries = /* @__PURE__ */ lazily(() => new SummaryCache(store(), clock));
const tokens = /* @__PURE__ */ lazily(
  () => new SecretTokenSource(new SecretsManagerClient(AWS_CLIENT), env('secretArn')),
);
const graph = /* @__PURE__ */ lazily(
  () =>
    new GraphClient({
      version: env('graphVersion'),
      providers: {
        meta: { name: 'meta', baseUrl: env('metaBaseUrl') },
        splashify: { name: 'splashify', baseUrl: env('splashifyBaseUrl') },
      },
      log,
    }),
);

const stepFunctions = /* @__PURE__ */ lazily(() => new SFNClient(AWS_CLIENT));
const workflow = /* @__PURE__ */ lazily(() => new StepFunctionsWorkflow(stepFunctions(), env('stateMachineArn')));
const reconciliations = /* @__PURE__ */ lazily(
  () => new StepFunctionsReconciliations(stepFunctions(), env('reconciliationArn')),
);

/** How one caller's request may try Graph. */
const callPolicy = /* @__PURE__ */ lazily(() => ({
  timeoutMs: env('graphTimeoutMs'),
  budgetMs: GRAPH_BUDGET_MS,
  attempts: GRAPH_ATTEMPTS,
}));

const openJobLimits = /* @__PURE__ */ lazily(() => ({
  perNumber: env('openJobsPerNumber'),
  perCaller: env('openJobsPerCaller'),
}));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What block and unblock need. */
export const changeDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  jobs: jobs(),
  graph: graph(),
  tokens: tokens(),
  workflow: workflow(),
  log,
  clock,
  newId: ulid,
  hash: sha256,
  listLimit: env('listLimit'),
  chunkSize: env('chunkSize'),
  openJobLimits: openJobLimits(),
  policy: callPolicy(),
}));

/** What accepting jobs for several numbers needs. */
export const batchDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  jobs: jobs(),
  graph: graph(),
  tokens: tokens(),
  workflow: workflow(),
  log,
  clock,
  newId: ulid,
  hash: sha256,
  chunkSize: env('chunkSize'),
  openJobLimits: openJobLimits(),
}));

/** What listing needs. */
export const listDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  summaries: summaries(),
  graph: graph(),
  tokens: tokens(),
  clock,
  policy: callPolicy(),
}));

/** What looking up many users needs. */
export const lookupDeps = /* @__PURE__ */ lazily(() => ({ store: store(), summaries: summaries() }));

/** What the blocklist of a number as a whole needs. */
export const blocklistDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  jobs: jobs(),
  listLimit: env('listLimit'),
}));

/** What ending a chunk or a job needs. */
export const passDeps = /* @__PURE__ */ lazily(() => ({ store: store(), jobs: jobs(), clock, newId: ulid }));

/** What a pass over a chunk needs. */
export const chunkDeps = /* @__PURE__ */ lazily(() => ({
  ...passDeps(),
  graph: graph(),
  tokens: tokens(),
  listLimit: env('listLimit'),
  graphTimeoutMs: env('graphTimeoutMs'),
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));

/** What a retry of a job needs. */
export const retryDeps = /* @__PURE__ */ lazily(() => ({ jobs: jobs(), workflow: workflow(), clock, log }));

/** What asking for a reconciliation needs. */
export const startReconciliationDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  reconciliations: reconciliations(),
  clock,
  newId: ulid,
  reconciliationsPerHour: env('reconciliationsPerHour'),
}));

/** What reconciling numbers needs. */
export const reconcileDeps = /* @__PURE__ */ lazily(() => ({
  ...passDeps(),
  graph: graph(),
  tokens: tokens(),
  policy: { timeoutMs: env('graphTimeoutMs'), budgetMs: PAGE_BUDGET_MS, attempts: PAGE_ATTEMPTS },
  passMs: RECONCILE_PASS_MS,
  log,
}));

/** What the sweep needs. */
export const sweepDeps = /* @__PURE__ */ lazily(() => ({
  ...passDeps(),
  workflow: workflow(),
  reconciliations: reconciliations(),
  log,
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));

/** What changing users because the mirror asks for it needs, where no caller waits. */
const serviceDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  log,
  clock,
  newId: ulid,
  listLimit: env('listLimit'),
  deferDays: env('deferDays'),
  policy: callPolicy(),
}));

/** What a run over what is due needs. */
export const dueDeps = /* @__PURE__ */ lazily(() => ({
  ...serviceDeps(),
  passMs: DUE_PASS_MS,
  concurrency: DUE_CONCURRENCY,
}));

/** What a forwarded webhook needs. */
export const webhookDeps = /* @__PURE__ */ lazily(() => ({
  ...serviceDeps(),
  isSignedBy,
  trustUnsigned: env('trustUnsigned'),
}));

/** What the check of the tokens needs. */
export const tokenDeps = /* @__PURE__ */ lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  clock,
  policy: {
    timeoutMs: env('graphTimeoutMs'),
    budgetMs: TOKEN_CHECK_BUDGET_MS,
    attempts: TOKEN_CHECK_ATTEMPTS,
    patient: true,
  },
  warningDays: env('tokenWarningDays'),
}));

export const httpOptions: HandleOptions = {
  log: () => requestLog,
  publicUrl: () => optionalEnv('publicUrl'),
  callerNumbers: /* @__PURE__ */ lazily(() => toCallerNumbers(optionalEnv('callerNumbers') ?? {})),
};

function lazily<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}
