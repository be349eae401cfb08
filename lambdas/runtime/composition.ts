import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ulid } from 'ulid';
import { DynamoBlocklistStore } from '../adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../adapters/dynamo/job-store.ts';
import type { Retention } from '../adapters/dynamo/retention.ts';
import type { Table } from '../adapters/dynamo/table.ts';
import { GraphClient } from '../adapters/graph/graph-client.ts';
import { SecretTokenSource } from '../adapters/secrets/token-source.ts';
import { StepFunctionsWorkflow } from '../adapters/workflow/step-functions.ts';
import { SummaryCache } from '../core/blocklist/ask.ts';
import type { Clock } from '../core/ports.ts';
import type { HandleOptions } from '../http/handle.ts';
import { env, optionalEnv } from './env.ts';
import { requestLog } from './logger.ts';

/** The one place where adapters meet core. Each part is built once per container, when it is first asked for. */
const HOUR_MS = 60 * 60 * 1000;
/** Milliseconds of one request that go to Graph in all: API Gateway's 29 s less the table, the secret and the answer. */
const GRAPH_BUDGET_MS = 24_000;
const GRAPH_ATTEMPTS = 3;

/** AWS answers in milliseconds; a call that hangs is given up and tried again while the caller is still waiting. */
const AWS_CLIENT = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

const clock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

const table = lazily((): Table => ({ client: new DynamoDBClient(AWS_CLIENT), name: env('tableName') }));

/** Read when something is written: a function that only reads is given no retention. */
const retention: Retention = {
  get auditDays() {
    return env('auditRetentionDays');
  },
  get jobDays() {
    return env('jobRetentionDays');
  },
  get tombstoneDays() {
    return env('tombstoneDays');
  },
};

export const store = lazily(() => new DynamoBlocklistStore(table(), retention));
export const jobs = lazily(() => new DynamoJobStore(table(), retention));
export const summaries = lazily(() => new SummaryCache(store(), clock));
const tokens = lazily(() => new SecretTokenSource(new SecretsManagerClient(AWS_CLIENT), env('secretArn')));
const graph = lazily(
  () =>
    new GraphClient({
      version: env('graphVersion'),
      providers: {
        meta: { name: 'meta', baseUrl: env('metaBaseUrl') },
        splashify: { name: 'splashify', baseUrl: env('splashifyBaseUrl') },
      },
    }),
);

/** How one caller's request may try Graph. */
const callPolicy = lazily(() => ({
  timeoutMs: env('graphTimeoutMs'),
  budgetMs: GRAPH_BUDGET_MS,
  attempts: GRAPH_ATTEMPTS,
}));

/** What block and unblock need. */
export const changeDeps = lazily(() => ({
  store: store(),
  jobs: jobs(),
  graph: graph(),
  tokens: tokens(),
  workflow: new StepFunctionsWorkflow(new SFNClient(AWS_CLIENT), env('stateMachineArn')),
  clock,
  newId: ulid,
  hash: (text: string) => createHash('sha256').update(text).digest('hex'),
  listLimit: env('listLimit'),
  chunkSize: env('chunkSize'),
  policy: callPolicy(),
}));

/** What listing needs. */
export const listDeps = lazily(() => ({
  store: store(),
  summaries: summaries(),
  graph: graph(),
  tokens: tokens(),
  clock,
  policy: callPolicy(),
}));

/** What ending a chunk or a job needs. */
export const passDeps = lazily(() => ({ store: store(), jobs: jobs(), clock, newId: ulid }));

/** What a pass over a chunk needs. */
export const chunkDeps = lazily(() => ({
  ...passDeps(),
  graph: graph(),
  tokens: tokens(),
  listLimit: env('listLimit'),
  graphTimeoutMs: env('graphTimeoutMs'),
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));

export const httpOptions: HandleOptions = {
  log: () => requestLog,
  publicUrl: () => optionalEnv('publicUrl'),
};

function lazily<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}
