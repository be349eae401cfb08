import { ALL_FUNCTIONS, type Caller, handlerOf } from '../../lambdas/contract/functions.ts';

/** Every configuration that changes what is deployed. */
export const CONFIGURATIONS = {
  dev: { stage: 'dev' },
  prod: { stage: 'prod' },
  local: { stage: 'local', graph: { metaBaseUrl: 'http://127.0.0.1:4010' } },
  private: {
    stage: 'prod',
    endpoint: { type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0', 'vpce-0fedcba9876543210'] },
  },
  customerManagedKey: { stage: 'prod', customerManagedKey: true },
  destroy: { stage: 'prod', removalPolicy: 'destroy' },
  tuned: {
    stage: 'prod',
    reservedConcurrency: { api: 5, worker: 4 },
    jobs: { idleMinutes: 5 },
    reconcile: { concurrency: 7 },
    schedules: {
      reconcile: '1 minute',
      expire: '1 minute',
      deferred: '2 hours',
      sweep: '90 minutes',
      tokenCheck: '2 days',
    },
    deferDays: 7,
    webhooks: { trustUnsigned: true },
    events: { users: true },
    reasonCodes: ['spam', 'chargeback'],
    requireReason: 'code',
    tokenWarningDays: 30,
    warmThroughput: { writeUnitsPerSecond: 20_000 },
  },
  callers: {
    stage: 'prod',
    callerNumbers: { 'arn:aws:iam::444455556666:role/team/support': ['106540352242922', '106540352242923'] },
    callerAccounts: ['444455556666', '777788889999'],
  },
  privateCallers: {
    stage: 'prod',
    endpoint: { type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0'] },
    callerAccounts: ['444455556666'],
  },
  withoutMetrics: { stage: 'prod', metrics: 'off' },
  notified: {
    stage: 'prod',
    alarmTopicArn: { page: 'arn:aws:sns:eu-west-1:111122223333:pager' },
    alarmEmail: { page: 'on-call@example.com', ticket: 'team@example.com' },
    runbookUrl: 'https://git.example.com/blocklist/docs/runbook.md',
  },
  withoutAccountRole: { stage: 'prod', apiGatewayAccountRole: false },
  publicUrl: { stage: 'prod', publicUrl: 'https://blocklist.example.com/{apiId}/' },
  keys: {
    stage: 'prod',
    callers: ['iam', 'apiKey'],
    publicUrl: 'https://blocklist.example.com/{apiId}/',
    apiKey: {
      cacheSeconds: 30,
      throttle: { requestsPerSecond: 20, burst: 40 },
      publicUrl: 'https://keys.example.com/{apiId}',
    },
  },
  privateKeys: {
    stage: 'prod',
    callers: ['iam', 'apiKey'],
    endpoint: { type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0', 'vpce-0fedcba9876543210'] },
    callerAccounts: ['444455556666'],
    customerManagedKey: true,
  },
  schedulesOff: {
    stage: 'prod',
    schedules: { reconcile: 'off', expire: 'off', deferred: 'off', sweep: 'off', tokenCheck: 'off' },
    alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms',
  },
} as const;

/** Where the templates are for; the CLI says it to the app. */
export const ENVIRONMENT = { account: '111122223333', region: 'eu-west-1' };

/** The functions that are there: those of keys only where callers have keys. */
export function handlersIn(configuration: Configuration, caller?: Caller): string[] {
  const settings: object = CONFIGURATIONS[configuration];
  const hasKeys = 'callers' in settings;
  return ALL_FUNCTIONS.flatMap(([name, spec]) =>
    (hasKeys || spec.keys === undefined) && (caller === undefined || spec.caller === caller) ? [handlerOf(name)] : [],
  ).sort();
}

export type Configuration = keyof typeof CONFIGURATIONS;
export const ALL_CONFIGURATIONS = Object.keys(CONFIGURATIONS) as Configuration[];

/** Those whose first deploy is synthesised too: every stage, and what changes a table, all that differs then. */
export const FIRST_DEPLOYS: readonly Configuration[] = [
  'dev',
  'prod',
  'local',
  'customerManagedKey',
  'destroy',
  'tuned',
  'keys',
];

/** Where the global setup leaves the template of a configuration, in its folder. */
export function fileOf(configuration: Configuration, isFirstDeploy: boolean): string {
  return `${configuration}${isFirstDeploy ? '.first' : ''}.json`;
}
