/** One limit of AWS or of Graph. */
export interface Quota {
  readonly limit: number;
  readonly unit: string;
  readonly source: string;
  /** Where the figure was seen when this table was made: with AWS or Meta, or nowhere, so that it is from memory. */
  readonly seen: 'vendor' | 'nowhere';
  /** Whether AWS is known to raise it when asked. */
  readonly adjustable: boolean;
}

const DYNAMODB = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg';
const STEP_FUNCTIONS = 'https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html';
const API_GATEWAY = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html';
const SECRETS = 'https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html';
const BLOCK_USERS = 'https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users';

/** Defaults of an account in us-east-1. A new account may have less: 10 concurrent executions, fewer transitions. */
export const QUOTAS = {
  partitionWrites: {
    limit: 1_000,
    unit: 'write units a second of a partition',
    source: `${DYNAMODB}/bp-partition-key-design.html`,
    seen: 'vendor',
    adjustable: false,
  },
  partitionReads: {
    limit: 3_000,
    unit: 'read units a second of a partition',
    source: `${DYNAMODB}/bp-partition-key-design.html`,
    seen: 'vendor',
    adjustable: false,
  },
  newTableWrites: {
    limit: 4_000,
    unit: 'write units a second of a new on-demand table',
    source: `${DYNAMODB}/on-demand-capacity-mode.html`,
    seen: 'nowhere',
    adjustable: true,
  },
  tableWrites: {
    limit: 40_000,
    unit: 'write units a second of an on-demand table',
    source: `${DYNAMODB}/ServiceQuotas.html`,
    seen: 'vendor',
    adjustable: true,
  },
  concurrency: {
    limit: 1_000,
    unit: 'functions running at once',
    source: `${LAMBDA}/gettingstarted-limits.html`,
    seen: 'vendor',
    adjustable: true,
  },
  concurrencyOfNewAccount: {
    limit: 10,
    unit: 'functions running at once in a new account',
    source: `${LAMBDA}/gettingstarted-limits.html`,
    seen: 'nowhere',
    adjustable: true,
  },
  scaling: {
    limit: 1_000,
    unit: 'more containers of a function in 10 s',
    source: `${LAMBDA}/scaling-behavior.html`,
    seen: 'vendor',
    adjustable: false,
  },
  payload: {
    limit: 6 * 1024 * 1024,
    unit: 'bytes of a synchronous call of a function',
    source: `${LAMBDA}/gettingstarted-limits.html`,
    seen: 'nowhere',
    adjustable: false,
  },
  apiRequests: {
    limit: 10_000,
    unit: 'requests a second of all APIs of the account',
    source: API_GATEWAY,
    seen: 'nowhere',
    adjustable: true,
  },
  apiSeconds: {
    limit: 29,
    unit: 'seconds until API Gateway gives up',
    source: API_GATEWAY,
    seen: 'nowhere',
    adjustable: true,
  },
  startExecutions: {
    limit: 300,
    unit: 'executions started a second, 1,300 at once',
    source: STEP_FUNCTIONS,
    seen: 'nowhere',
    adjustable: true,
  },
  transitions: {
    limit: 5_000,
    unit: 'state transitions a second',
    source: STEP_FUNCTIONS,
    seen: 'nowhere',
    adjustable: true,
  },
  mapRuns: {
    limit: 1_000,
    unit: 'open runs of distributed Maps',
    source: STEP_FUNCTIONS,
    seen: 'vendor',
    adjustable: false,
  },
  schedulerInvocations: {
    limit: 1_000,
    unit: 'invocations of EventBridge Scheduler a second',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html',
    seen: 'nowhere',
    adjustable: true,
  },
  logWrites: {
    limit: 5_000,
    unit: 'writes to CloudWatch Logs a second',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html',
    seen: 'nowhere',
    adjustable: true,
  },
  secretBytes: { limit: 65_536, unit: 'bytes of a secret', source: SECRETS, seen: 'nowhere', adjustable: false },
  secretReads: { limit: 10_000, unit: 'secret reads a second', source: SECRETS, seen: 'nowhere', adjustable: false },
  graphListSize: { limit: 64_000, unit: 'users of a list', source: BLOCK_USERS, seen: 'vendor', adjustable: false },
  /**
   * Meta publishes no figure for `block_users`. This one is of the WhatsApp Business Management API: 5,000 calls an hour for each
   * app and WhatsApp Business account with a registered number (200 without). Whether `block_users` is counted there is not known.
   */
  graphCalls: {
    limit: 5_000,
    unit: 'calls of Graph an hour for a WhatsApp Business account',
    source: 'https://developers.facebook.com/documentation/business-messaging/whatsapp/overview',
    seen: 'nowhere',
    adjustable: false,
  },
} as const satisfies Record<string, Quota>;
