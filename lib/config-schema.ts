import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { LIMITS } from '../lambdas/contract/limits.ts';
import { METRIC_LEVELS } from '../lambdas/contract/metrics.ts';
import { forEachBaseUrl, PROVIDERS } from '../lambdas/contract/providers.ts';
import { REQUIRED_REASONS } from '../lambdas/contract/reasons.ts';
import { API_FUNCTION_TIMEOUT_SECONDS } from '../lambdas/contract/timeouts.ts';
import { alarmTopic, bySeverity } from './alarm-targets.ts';
import { apiKey } from './api-key.ts';
import { callerNumbers } from './caller-numbers.ts';
import { interval } from './interval.ts';
import { localDifferences } from './local-differences.ts';
import { longestRunHours } from './longest-run-hours.ts';
import { fitTogether, reasonCodes, TOO_LONG_TOGETHER } from './reason-codes.ts';
import { reservedConcurrency } from './reserved-concurrency.ts';
import { throttle } from './throttle.ts';

/** Seconds of the API function besides Graph: reading the secret and the table, writing the outcome, answering. */
const SECONDS_BESIDE_GRAPH = 4;

/** Retentions that CloudWatch Logs accepts, in days. "Never expires" is not offered: a log must end. */
const LOG_RETENTIONS: ReadonlySet<number> = new Set(
  Object.values(RetentionDays).filter(
    (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
  ) as number[],
);

/** What a new on-demand table supports anyway; AWS refuses less. The upper limit guards against a typing error. */
const WARM = { reads: 12_000, writes: 4_000, most: 1_000_000 } as const;

/** As DynamoDB allows it. */
const tableName = z
  .string()
  .regex(/^[\w.-]{3,255}$/, 'must be the name of a table: 3 to 255 letters, digits, _, - or .');

const days = (max: number) => z.number().int().min(1).max(max);

/** A server's base URL without a trailing slash. Plain HTTP is for a simulator on this machine, so only for the local stage. */
const baseUrl = (allowsLoopbackHttp: boolean) =>
  z
    .string()
    .refine((text) => URL.canParse(text), 'is not a URL')
    .transform((text) => text.replace(/\/+$/, ''))
    .refine((text) => !URL.canParse(text) || isAllowedBaseUrl(new URL(text), allowsLoopbackHttp), {
      error: allowsLoopbackHttp
        ? 'must be https, or http on 127.0.0.1 or localhost; without user, query or fragment'
        : 'must be https, without user, query or fragment',
    });

function isAllowedBaseUrl(url: URL, allowsLoopbackHttp: boolean): boolean {
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false;
  if (url.protocol === 'https:') return true;
  return (
    allowsLoopbackHttp && url.protocol === 'http:' && (url.hostname === '127.0.0.1' || url.hostname === 'localhost')
  );
}

const endpoint = (allowsPrivate: boolean) =>
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('regional') }),
    z
      .strictObject({
        type: z.literal('private'),
        vpcEndpointIds: z
          .array(z.string().regex(/^vpce-[0-9a-f]{8,17}$/, 'must look like vpce-0123456789abcdef0'))
          .min(1),
      })
      .refine(() => allowsPrivate, 'cannot be private on this stage: there is no VPC on one machine'),
  ]);

/** Names the stack (`Blocklist-<stage>`), the API's stage, and the file of the settings. */
export const stageSchema = z
  .string('must be a name')
  .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 lower-case letters, digits or dashes, a letter first');

/** In the repository. */
const RUNBOOK = 'docs/runbook.md';

/** The schema depends on the stage and its region, so that one parse finds every problem. */
export const configSchema = (stage: string, region: string | undefined) => {
  const local = localDifferences(stage);
  const settings = z.strictObject({
    graph: z
      .strictObject({
        /** Graph version of calls that name none. */
        version: z
          .string()
          .regex(/^v\d+\.\d+$/, 'must look like v25.0')
          .default('v25.0'),
        ...forEachBaseUrl((provider) => baseUrl(local.allowsLoopbackHttp).default(PROVIDERS[provider].baseUrl)),
        /** Seconds that one call to Graph may take. */
        timeoutSeconds: z
          .number()
          .int()
          .min(1)
          .max(API_FUNCTION_TIMEOUT_SECONDS - SECONDS_BESIDE_GRAPH)
          .default(20),
      })
      .prefault({}),
    /** Users in one chunk of a job. */
    chunkSize: z.number().int().min(1).max(LIMITS.usersPerGraphRequest).default(LIMITS.usersPerGraphRequest),
    jobs: z
      .strictObject({
        /** Chunks of one job that run at the same time. */
        concurrency: z.number().int().min(1).max(100).default(4),
        /** Hours after which a job stops waiting for Graph, and its remaining users fail. */
        deadlineHours: z.number().int().min(1).max(168).default(6),
        /** Days that a job can be looked up. */
        retentionDays: days(3650).default(90),
        /** Minutes without progress after which the sweep checks a job. */
        idleMinutes: z.number().int().min(0).max(1440).default(15),
        /** Jobs of one number that may be queued or running at the same time. */
        openPerNumber: z.number().int().min(1).max(1000).default(100),
        /** The most of them by one caller. */
        openPerCaller: z.number().int().min(1).max(1000).default(50),
      })
      .refine((jobs) => jobs.openPerCaller <= jobs.openPerNumber, {
        path: ['openPerCaller'],
        when: ({ issues }) => issues.length === 0,
        error: 'must not be more than jobs.openPerNumber',
      })
      .refine((jobs) => jobs.retentionDays * 24 > longestRunHours(jobs.deadlineHours), {
        path: ['retentionDays'],
        when: ({ issues }) => issues.length === 0,
        error:
          'must outlast jobs.deadlineHours and the hours that ending a job may take: a job must not expire while it runs',
      })
      .prefault({}),
    reconcile: z
      .strictObject({
        /** Groups of numbers that are compared with Graph at the same time. */
        concurrency: z.number().int().min(1).max(100).default(2),
        /** Reconciliations of one number that callers may start in an hour. */
        requestsPerHour: z.number().int().min(1).max(3600).default(60),
      })
      .prefault({}),
    /** How often each schedule runs. `off` removes the schedule, but not the function that it calls. */
    schedules: z
      .strictObject({
        /** Compares the mirror of every number with Graph. */
        reconcile: interval.prefault('1 hour'),
        /** Unblocks users whose temporary block has expired. */
        expire: interval.prefault('5 minutes'),
        /** Retries deferred blocks. */
        deferred: interval.prefault('1 hour'),
        /** Recovers stalled operations and jobs. */
        sweep: interval.prefault('15 minutes'),
        /** Asks Graph whether the tokens still work, and for how long. */
        tokenCheck: interval.prefault('1 day'),
      })
      .prefault({}),
    webhooks: z
      .strictObject({
        /** Whether a webhook without a verified signature may move users to other ids, and so undo blocks. */
        trustUnsigned: z.boolean().default(false),
      })
      .prefault({}),
    events: z
      .strictObject({
        /** Whether events of blocks that ended, or were applied after they had waited, say whose they were. */
        users: z.boolean().default(false),
      })
      .prefault({}),
    reasonCodes,
    /** What callers must give as the reason of a change: nothing, one of `reasonCodes`, or a text. */
    requireReason: z.enum(REQUIRED_REASONS, `must be one of ${REQUIRED_REASONS.join(', ')}`).default('none'),
    /** Days before its end from which a token is reported. */
    tokenWarningDays: days(90).default(14),
    /** Metrics of the service itself: the ten that its alarms need, more, or none. Without them, these alarms do not exist. */
    metrics: z.enum(METRIC_LEVELS, `must be one of ${METRIC_LEVELS.join(', ')}`).default('essential'),
    /** SNS topics that alarms notify. They are in the region of the stack, and CloudWatch may publish to them. */
    alarmTopicArn: bySeverity(alarmTopic(region), 'the ARN of an SNS topic').optional(),
    /** Addresses to which the stack's own topics write: AWS asks each to confirm. */
    alarmEmail: bySeverity(z.email('must be an email address'), 'an email address').optional(),
    /** Where the team reads the runbook, for the links of alarms. */
    runbookUrl: baseUrl(false).default(RUNBOOK),
    /** Reserved concurrent executions; none by default. */
    reservedConcurrency,
    throttle: throttle({ requestsPerSecond: 500, burst: 1_000 }),
    /**
     * Units a second that the table and its index support at once, for a large first import. AWS bills it once. The value can
     * be raised later, not lowered. Without it, AWS raises the capacity by itself as use grows.
     */
    warmThroughput: z
      .strictObject({
        readUnitsPerSecond: z.number().int().min(WARM.reads).max(WARM.most).default(WARM.reads),
        writeUnitsPerSecond: z.number().int().min(WARM.writes).max(WARM.most).default(WARM.writes),
      })
      .optional(),
    auditRetentionDays: days(3650).default(730),
    /** Days that an unblocked user is remembered, so that a late writer cannot block them again. */
    tombstoneDays: days(365).default(30),
    /** Days after which a deferred block is given up. */
    deferDays: days(365).default(30),
    /** Users that one list can hold. */
    listLimit: z.number().int().min(1).max(LIMITS.listSize).default(LIMITS.listSize),
    /** A table restored from point-in-time recovery, which the service uses in place of the stack's own (`docs/restore.md`). */
    restoredTableName: tableName.optional(),
    /** The same for the table of keys. */
    restoredKeysTableName: tableName.optional(),
    logRetentionDays: z
      .number()
      .refine((n) => LOG_RETENTIONS.has(n), `must be one of ${[...LOG_RETENTIONS].join(', ')}`)
      .default(90),
    endpoint: endpoint(local.allowsPrivateEndpoint).default({ type: 'regional' }),
    /**
     * The address at which callers reach the API, if it is not its own: a custom domain, with the base path. Absolute links
     * begin with it. `{apiId}` is replaced by the id of the REST API.
     */
    publicUrl: baseUrl(local.allowsLoopbackHttp).optional(),
    /** How callers show who they are: by a signature, and, through a second API, by a key. */
    callers: z
      .array(z.enum(['iam', 'apiKey'], 'must be iam or apiKey'), 'must be ["iam"] or ["iam", "apiKey"]')
      .refine((kinds) => kinds.includes('iam'), 'must have "iam": keys are made by callers that sign')
      .refine((kinds) => new Set(kinds).size === kinds.length, 'names a kind twice')
      .default(['iam']),
    apiKey: apiKey(baseUrl(local.allowsLoopbackHttp)),
    /** Callers that may use some numbers only: ids by the ARN of a role or user. Everyone else may use every number. */
    callerNumbers: callerNumbers.optional(),
    /** Other accounts whose roles and users may call, as far as their own policies allow it. */
    callerAccounts: z
      .array(z.string().regex(/^\d{12}$/, 'must be the id of an AWS account: 12 digits, in quotes'))
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, 'names an account twice')
      .default([]),
    /** Encrypt the table, the secret and the logs with a key of the team's own, in place of AWS's. */
    customerManagedKey: z
      .boolean()
      .refine((asked) => !asked || region !== undefined, {
        error:
          'the region must be known to name the key to the table: give the CDK credentials, or AWS_REGION, or a profile that has one',
      })
      .default(false),
    /**
     * Set the account's role for API Gateway logs, of which there is one for each account and region. A new account has none
     * and refuses the access log. `false` if another stack owns it.
     */
    apiGatewayAccountRole: z.boolean().default(true),
    /** What happens to the table, the secret, the key and the logs when the stack is deleted. */
    removalPolicy: z.enum(['retain', 'destroy']).default(local.removalPolicy),
  });
  return settings
    .refine(({ callers, restoredKeysTableName: name }) => name === undefined || callers.includes('apiKey'), {
      path: ['restoredKeysTableName'],
      when: ({ issues }) => issues.length === 0,
      error: 'is of no use without "apiKey" in callers: there is no table of keys',
    })
    .refine(fitTogether, { path: ['reasonCodes'], error: TOO_LONG_TOGETHER });
};
