/**
 * Where a figure was seen when its table was made: on a page of AWS or Meta itself, on others' pages only, or nowhere, so that it
 * is from memory. Nobody was asked: look before you rely on it.
 */
type Seen = 'vendor' | 'others' | 'nowhere';
type Price = readonly [unit: string, dollars: number, per: number, seen: Seen, page: string];
type Quota = readonly [limit: number, unit: string, seen: Seen, raised: 'raised on request' | 'fixed', source: string];

const MILLION = 1_000_000;

/**
 * Every price that a cost here is made of: list prices of us-east-1 as of November 2026, in the first tier, without a free tier.
 * Each is on `https://aws.amazon.com/<page>/`. DynamoDB's units were twice as dear until November 2024.
 */
export const PRICES = {
  apiRequests: ['REST API requests', 3.5, MILLION, 'vendor', 'api-gateway/pricing'],
  lambdaRequests: ['Lambda requests', 0.2, MILLION, 'others', 'lambda/pricing'],
  lambdaSeconds: ['Lambda GB-seconds (arm64)', 13.3334, MILLION, 'others', 'lambda/pricing'],
  writeUnits: ['DynamoDB write units', 0.625, MILLION, 'others', 'dynamodb/pricing/on-demand'],
  readUnits: ['DynamoDB read units', 0.125, MILLION, 'others', 'dynamodb/pricing/on-demand'],
  storage: ['DynamoDB GB-months', 0.25, 1, 'vendor', 'dynamodb/pricing/on-demand'],
  recovery: ['point-in-time recovery GB-months', 0.2, 1, 'nowhere', 'dynamodb/pricing/on-demand'],
  transitions: ['state transitions (standard)', 25, MILLION, 'vendor', 'step-functions/pricing'],
  events: ['EventBridge events put on a bus', 1, MILLION, 'others', 'eventbridge/pricing'],
  schedules: ['EventBridge Scheduler invocations', 1, MILLION, 'nowhere', 'eventbridge/pricing'],
  secrets: ['secrets, a month', 0.4, 1, 'others', 'secrets-manager/pricing'],
  secretReads: ['secret reads', 0.05, 10_000, 'others', 'secrets-manager/pricing'],
  logs: ['MB of logs taken in', 0.5, 1_000, 'others', 'cloudwatch/pricing'],
  alarms: ['alarms, a month', 0.1, 1, 'nowhere', 'cloudwatch/pricing'],
  metrics: ['metrics, a month', 0.3, 1, 'others', 'cloudwatch/pricing'],
  dashboards: ['dashboards, a month', 3, 1, 'nowhere', 'cloudwatch/pricing'],
  traces: ['X-Ray traces', 5, MILLION, 'nowhere', 'xray/pricing'],
  keys: ['KMS keys of your own, a month', 1, 1, 'nowhere', 'kms/pricing'],
  keyRequests: ['KMS requests', 0.03, 10_000, 'nowhere', 'kms/pricing'],
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

const AWS = 'https://docs.aws.amazon.com';
const DYNAMODB = `${AWS}/amazondynamodb/latest/developerguide`;
const LAMBDA = `${AWS}/lambda/latest/dg`;
const STEP_FUNCTIONS = `${AWS}/step-functions/latest/dg/service-quotas.html`;
const API_GATEWAY = `${AWS}/apigateway/latest/developerguide/limits.html`;
const SECRETS = `${AWS}/secretsmanager/latest/userguide/reference_limits.html`;
const SCHEDULER = `${AWS}/scheduler/latest/UserGuide/scheduler-quotas.html`;
const LOGS = `${AWS}/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html`;
const META = 'https://developers.facebook.com/documentation/business-messaging/whatsapp';
const ON_DEMAND = `${DYNAMODB}/on-demand-capacity-mode.html`;
const TABLE_QUOTAS = `${DYNAMODB}/ServiceQuotas.html`;
const META_LIMITS = `${META}/overview`;
const PARTITION = `${DYNAMODB}/bp-partition-key-design.html`;
const LAMBDA_LIMITS = `${LAMBDA}/gettingstarted-limits.html`;
const [RAISED, FIXED] = ['raised on request', 'fixed'] as const;

/** Defaults of an account in us-east-1 (a new account may have less), and Graph's limits. */
export const QUOTAS = {
  partitionWrites: [1_000, 'write units a second of a partition', 'vendor', FIXED, PARTITION],
  partitionReads: [3_000, 'read units a second of a partition', 'vendor', FIXED, PARTITION],
  newTableWrites: [4_000, 'write units a second of a new on-demand table', 'nowhere', RAISED, ON_DEMAND],
  tableWrites: [40_000, 'write units a second of an on-demand table', 'vendor', RAISED, TABLE_QUOTAS],
  newTableReads: [12_000, 'read units a second of a new on-demand table', 'nowhere', RAISED, ON_DEMAND],
  tableReads: [40_000, 'read units a second of an on-demand table', 'nowhere', RAISED, TABLE_QUOTAS],
  concurrency: [1_000, 'functions running at once', 'vendor', RAISED, LAMBDA_LIMITS],
  concurrencyOfNewAccount: [10, 'functions running at once in a new account', 'nowhere', RAISED, LAMBDA_LIMITS],
  scaling: [1_000, 'more containers of a function in 10 s', 'vendor', FIXED, `${LAMBDA}/scaling-behavior.html`],
  payload: [6 * 1024 * 1024, 'bytes of a synchronous call of a function', 'nowhere', FIXED, LAMBDA_LIMITS],
  apiRequests: [10_000, 'requests a second of all APIs of the account', 'nowhere', RAISED, API_GATEWAY],
  apiSeconds: [29, 'seconds until API Gateway gives up', 'nowhere', RAISED, API_GATEWAY],
  startExecutions: [300, 'executions started a second, 1,300 at once', 'nowhere', RAISED, STEP_FUNCTIONS],
  transitions: [5_000, 'state transitions a second', 'nowhere', RAISED, STEP_FUNCTIONS],
  mapRuns: [1_000, 'open runs of distributed Maps', 'vendor', FIXED, STEP_FUNCTIONS],
  schedulerInvocations: [1_000, 'invocations of EventBridge Scheduler a second', 'nowhere', RAISED, SCHEDULER],
  logWrites: [5_000, 'writes to CloudWatch Logs a second', 'nowhere', RAISED, LOGS],
  secretBytes: [65_536, 'bytes of a secret', 'nowhere', FIXED, SECRETS],
  secretReads: [10_000, 'secret reads a second', 'nowhere', FIXED, SECRETS],
  graphListSize: [64_000, 'users of a list', 'vendor', FIXED, `${META}/block-users`],
  /** Of the WhatsApp Business Management API, with a registered number; for `block_users` Meta publishes no figure. */
  graphCalls: [5_000, 'calls of Graph an hour for a WhatsApp Business account', 'nowhere', FIXED, META_LIMITS],
} as const satisfies Record<string, Quota>;

/** Figures that no run here can count, each with its source. Everything else in the tables is counted. */
export const ASSUMED = {
  /** Hours of a month, as AWS reckons. */
  hoursPerMonth: 730,
  /**
   * Megabytes at which Lambda gives a whole CPU; below that a share of it, so that what took a millisecond of CPU takes longer.
   * A core of the machine that counted is taken for one of Lambda's.
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   */
  wholeCpuMb: 1_769,
  /** Bytes of what Lambda itself logs of a call in its JSON format: `platform.start` and `platform.report`. */
  lambdaLogBytes: 700,
  /** Bytes of an access log line of API Gateway, in the format of `lib/constructs/api.ts`. */
  accessLogBytes: 470,
  /**
   * Seconds of the function that publishes an event, 256 MB: a read of the item, a call of the bus, a deletion. Events that come together
   * share them, up to a hundred.
   */
  publishSeconds: 0.05,
  /** Bytes of a line of a workflow's log: one for each event of its history, without data, with the execution's ARN. */
  workflowLogBytes: 600,
  /** Bytes that DynamoDB adds to each item's storage. */
  itemOverheadBytes: 100,
  /** Metrics of a route while it is called: count, latency, integration latency, 4xx, 5xx. By the hour in which it is. */
  metricsPerRoute: 5,
} as const;
