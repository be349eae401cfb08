import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { API_FUNCTION_TIMEOUT_SECONDS, LIMITS } from '../lambdas/contract.ts';
import { localDifferences } from './local-differences.ts';

/** The context key of `cdk.json` that holds the configuration; `-c blocklist.<path>=value` sets one field of it. */
export const CONTEXT_KEY = 'blocklist';

/** Seconds of the API function that are not Graph's: reading the secret and the table, writing the outcome, answering. */
const SECONDS_BESIDE_GRAPH = 4;

/** Retentions that CloudWatch Logs accepts, in days. "Never expires" is not offered: a log must end. */
const LOG_RETENTIONS: ReadonlySet<number> = new Set(
  Object.values(RetentionDays).filter(
    (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
  ) as number[],
);

const days = (max: number) => z.number().int().min(1).max(max);

/** A server's base URL without a trailing slash. Plain HTTP is for a simulator on this machine, so for the local stage. */
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

/** The schema is made for the stage, so that every problem is found in one pass. */
const configSchema = (stage: unknown) => {
  const local = localDifferences(stage);
  return z.strictObject({
    /** Names the stack (`Blocklist-<stage>`) and the API's stage. */
    stage: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 lower-case letters, digits or dashes, a letter first')
      .default('dev'),
    graph: z
      .strictObject({
        /** Version of calls that name none. */
        version: z
          .string()
          .regex(/^v\d+\.\d+$/, 'must look like v25.0')
          .default('v25.0'),
        metaBaseUrl: baseUrl(local.allowsLoopbackHttp).default('https://graph.facebook.com'),
        splashifyBaseUrl: baseUrl(local.allowsLoopbackHttp).default('https://api.splashifypro.com/api'),
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
    chunkSize: z
      .number()
      .int()
      .min(2, 'must be at least 2: the chunk numbers of a full list must fit into a state input of 256 KB')
      .max(LIMITS.usersPerGraphRequest)
      .default(LIMITS.usersPerGraphRequest),
    jobs: z
      .strictObject({
        /** Chunks of one job that run at the same time. */
        concurrency: z.number().int().min(1).max(100).default(4),
        /** Hours after which a job stops waiting for Graph and fails what is left. */
        deadlineHours: z.number().int().min(1).max(168).default(6),
        /** Days that a job can be looked up. */
        retentionDays: days(3650).default(90),
      })
      .prefault({}),
    /** Concurrent executions set aside. Off unless set: an account's first limit is 10, and all of it must stay unreserved. */
    reservedConcurrency: z
      .strictObject({
        /** Of each function behind the API. */
        api: z.number().int().min(1).max(1000).optional(),
        /** Of the function that works on chunks: the calls to Graph of all jobs together. */
        worker: z.number().int().min(1).max(1000).optional(),
      })
      .prefault({}),
    /** Requests that the whole API takes; more are refused with 429. */
    throttle: z
      .strictObject({
        requestsPerSecond: z.number().int().min(1).max(10_000).default(500),
        burst: z.number().int().min(1).max(5_000).default(1_000),
      })
      .prefault({}),
    auditRetentionDays: days(3650).default(730),
    /** Days that an unblocked user is remembered, so that a late writer cannot block them again. */
    tombstoneDays: days(365).default(30),
    /** Users that one list can hold. */
    listLimit: z.number().int().min(1).max(LIMITS.listSize).default(LIMITS.listSize),
    logRetentionDays: z
      .number()
      .refine((n) => LOG_RETENTIONS.has(n), `must be one of ${[...LOG_RETENTIONS].join(', ')}`)
      .default(90),
    endpoint: endpoint(local.allowsPrivateEndpoint).default({ type: 'regional' }),
    /**
     * Where callers reach the API, if not at its own address: a custom domain, with the base path. Absolute links begin
     * with it. `{apiId}` stands for the id of the REST API.
     */
    publicUrl: baseUrl(local.allowsLoopbackHttp).optional(),
    callers: z.literal('iam').default('iam'),
    /** Encrypt the table, the secret and the logs with a key of the team's own, in place of AWS's. */
    customerManagedKey: z.boolean().default(false),
    /**
     * Set the account's role for API Gateway logs: one per account and region. A new account has none and refuses the
     * access log; false where another stack owns it.
     */
    apiGatewayAccountRole: z.boolean().default(true),
    /** What happens to the table, the secret, the key and the logs when the stack goes. */
    removalPolicy: z.enum(['retain', 'destroy']).default(local.removalPolicy),
  });
};

export type BlocklistConfig = Readonly<z.infer<ReturnType<typeof configSchema>>>;

/** A configuration that is refused, with every problem as `blocklist.<path>: <message>`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly #problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is refused:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.#problems = problems;
    // Shown as it is when `cdk` ends with it: where it was thrown tells nobody anything.
    this.stack = `${this.name}: ${this.message}`;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }
}

export interface ConfigSources {
  /** The `context` of `cdk.json`. `-c blocklist='{…}'` hides its object from the app, so it is read beside it. */
  readonly project: Readonly<Record<string, unknown>>;
  /** The context that the app received: `cdk.json`, and over it what `-c` says. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * The configuration: defaults, over them `cdk.json`, over it `-c blocklist='{json}'`, over it `-c blocklist.<path>=value`.
 *
 * @throws ConfigError with every problem that was found
 */
export function readConfig({ project, context }: ConfigSources): BlocklistConfig {
  const merged = [project[CONTEXT_KEY], jsonOverride(context[CONTEXT_KEY]), ...fieldOverrides(context)].reduce(
    deepMerge,
    {},
  );
  const stage = isRecord(merged) ? merged.stage : undefined;
  const result = configSchema(stage).safeParse(merged);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = [CONTEXT_KEY, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at}.${key}: there is no such setting`);
  return [`${at}: ${issue.message}`];
}

function jsonOverride(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new ConfigError([`${CONTEXT_KEY}: must be an object of settings; -c ${CONTEXT_KEY}=… takes it as JSON`]);
  }
}

/** `blocklist.graph.version=v26.0` as `{graph: {version: 'v26.0'}}`, one object for each such key. */
function fieldOverrides(context: ConfigSources['context']): unknown[] {
  return Object.entries(context)
    .filter(([key]) => key.startsWith(`${CONTEXT_KEY}.`))
    .map(([key, value]) =>
      key
        .slice(CONTEXT_KEY.length + 1)
        .split('.')
        .reduceRight<unknown>((inner, part) => ({ [part]: inner }), fromCommandLine(value)),
    );
}

/** Values of `-c` arrive as strings; only what reads as a boolean, a number, or a JSON list or object is taken as one. */
function fromCommandLine(value: unknown): unknown {
  if (typeof value !== 'string' || !/^(?:true|false|-?\d+(?:\.\d+)?|\[.*\]|\{.*\})$/s.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function deepMerge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = deepMerge(base[key], value);
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
