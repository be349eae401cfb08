/**
 * Every function: its purpose, memory and time, what it may access, and which settings it reads. Constructs, grants,
 * environment, schedules and tests are derived from this table, so a new function is a file of `lambdas/handlers/` and a
 * record here. No function imports it.
 */
import type { SettingName } from './environment.ts';
import { baseUrlName, PROVIDER_NAMES } from './providers.ts';
import {
  API_FUNCTION_TIMEOUT_SECONDS,
  AUTHORIZER_TIMEOUT_SECONDS,
  CHUNK_FUNCTION_TIMEOUT_SECONDS,
  JOB_FUNCTION_TIMEOUT_SECONDS,
  LANE_FUNCTION_TIMEOUT_SECONDS,
  PAGE_FUNCTION_TIMEOUT_SECONDS,
  PUBLISH_FUNCTION_TIMEOUT_SECONDS,
  RECONCILE_FUNCTION_TIMEOUT_SECONDS,
  SCHEDULED_ACTION_TIMEOUT_SECONDS,
  SWEEP_FUNCTION_TIMEOUT_SECONDS,
  TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
} from './timeouts.ts';

/** What functions do to items. IAM judges a transaction or a batch of PartiQL statements by its parts. */
export type TableAction =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PartiQLInsert'
  | 'PartiQLUpdate'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

export type WorkflowName = 'jobs' | 'reconciliation';

/** Who calls a function: API Gateway, to answer or to ask whose key it is; a step of a workflow; a schedule; or the stream of the table. */
export type Caller = 'api' | 'authorizer' | WorkflowName | 'schedule' | 'stream';

/** A schedule of the configuration (`schedules.<name>`). */
export type ScheduleName = 'expire' | 'deferred' | 'sweep' | 'tokenCheck';

export interface FunctionSpec {
  /** What it does, for people who see it in the console. */
  readonly description: string;
  readonly caller: Caller;
  /** Megabytes. The share of a CPU grows with it: 1,769 MB is one. */
  readonly memory: number;
  readonly timeoutSeconds: number;
  /** The calls to the table that it was seen to make (`test/support/recorded-calls.json`). With them comes the table's name. */
  readonly table?: readonly TableAction[];
  /** Whether it queries the index for items that are due. */
  readonly findsDue?: true;
  /**
   * The same for the table of keys, whose name comes with it. A function with any of these is deployed only if callers may have
   * keys. No function may write to both tables, so a function that writes blocks cannot make a key.
   */
  readonly keys?: readonly TableAction[];
  /** Whether it reads the keys, if callers may have any. */
  readonly readsKeys?: true;
  /** Whether it puts events on the bus. */
  readonly publishes?: true;
  /** Whether it reads the tokens. */
  readonly readsTokens?: true;
  /** The workflows of which it starts executions. */
  readonly starts?: readonly WorkflowName[];
  /** The workflow of which it reads executions. */
  readonly describes?: WorkflowName;
  /** Whether it may write when a key was last used, and nothing else about the key. */
  readonly recordsUseOfKeys?: true;
  /** Whether its answers have links: to the next page, to a job. */
  readonly links?: true;
  readonly settings?: readonly SettingName[];
  /** What an error of it means, for whoever the alarm `<its handler>-errors` wakes. A function without it has no such alarm. */
  readonly errorsMean?: string;
  /**
   * Only for functions that a schedule calls. A run that failed may be called once more, a minute later, if its time is over
   * by then. What it left is due at the next run anyway, which a later second call would only overlap.
   */
  readonly schedule?: { readonly name: ScheduleName; readonly retries: 0 | 1 };
}

/**
 * Megabytes of a function that reads an item or a page; of one that answers by itself; of one that writes thousands of items.
 */
const READER_MEMORY = 512;
const SMALL_MEMORY = 256;
const WRITER_MEMORY = 1024;
/** Megabytes of a function that holds a whole list, 64,000 ids of Graph's beside as many of ours. */
const LIST_MEMORY = 1024;
/** Megabytes of a look-up. It needs them for the CPU: it holds little, but parses 1,000 items while a message waits. */
const LOOKUP_MEMORY = 1024;
/** Megabytes of a function that asks for a user on each of up to 10,000 numbers while its caller waits: a whole CPU. */
const EVERYWHERE_MEMORY = 1769;
/**
 * Megabytes of a function that stores jobs for up to 100 numbers while its caller waits. It needs them for a whole CPU: it
 * holds little, but parses 6 MB, and writes up to 12,800 chunks and reads them again within 28 s.
 */
const BATCH_MEMORY = 1769;
/**
 * Megabytes of a function that reads the mirror items of up to 64,000 users while its caller waits. It needs them for a whole
 * CPU: it holds only their entries.
 */
const REVERT_MEMORY = 1769;
/** Megabytes of a function that changes tens of thousands of users in one run, four batches at once: a whole CPU again. */
const SCHEDULED_ACTION_MEMORY = 1769;

const READS_FOR_CALLER = {
  caller: 'api',
  memory: READER_MEMORY,
  timeoutSeconds: API_FUNCTION_TIMEOUT_SECONDS,
} as const;
const WRITES_FOR_CALLER = { ...READS_FOR_CALLER, memory: WRITER_MEMORY } as const;
const MANAGES_KEYS = { ...READS_FOR_CALLER, memory: SMALL_MEMORY } as const;

/** Everything that changing users needs: mirror, aliases, audit, operations, and the jobs that change them. */
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

/** Graph's address. It is enough for a function that only asks about a number, and waits no longer than it must. */
const GRAPH_PLACE = ['graphVersion', ...PROVIDER_NAMES.map(baseUrlName)] as const;
const GRAPH = [...GRAPH_PLACE, 'graphTimeoutMs'] as const;
/** How long to keep what is written. */
const RETENTION = ['auditRetentionDays', 'jobRetentionDays', 'tombstoneDays'] as const;
/** What a caller may and must give as the reason of a change, to check it or to say it. */
const REASONS = ['reasonCodes', 'requireReason'] as const;
/** What accepting a job needs, including when the sweep checks it. */
const JOBS = ['chunkSize', 'jobIdleMinutes', 'openJobsPerNumber', 'openJobsPerCaller'] as const;

/** What changing users for a caller needs, at once or as a job. */
const CHANGES_FOR_CALLER = {
  ...WRITES_FOR_CALLER,
  table: CHANGE_USERS,
  findsDue: true,
  readsTokens: true,
  starts: ['jobs'],
  links: true,
  settings: [...GRAPH, ...RETENTION, ...JOBS, ...REASONS, 'listLimit'],
} as const;

/** What changing users needs if the mirror asks for it and no caller waits. */
const CHANGES_WHAT_IS_DUE = {
  caller: 'schedule',
  memory: SCHEDULED_ACTION_MEMORY,
  timeoutSeconds: SCHEDULED_ACTION_TIMEOUT_SECONDS,
  table: CHANGE_USERS,
  findsDue: true,
  readsTokens: true,
  settings: [...GRAPH, ...RETENTION, 'listLimit', 'deferDays', 'eventUsers'],
} as const;

/** By name, in camel case. The file is `lambdas/handlers/<the same in kebab case>.ts`, which exports `handler`. */
export const FUNCTIONS = {
  blockUsers: { ...CHANGES_FOR_CALLER, description: 'Blocks users, or starts a job that does' },
  unblockUsers: { ...CHANGES_FOR_CALLER, description: 'Unblocks users, or starts a job that does' },
  listBlockedUsers: {
    ...READS_FOR_CALLER,
    description: 'Lists the blocked users of a number',
    table: ['GetItem', 'Query'],
    readsTokens: true,
    links: true,
    settings: GRAPH,
  },
  getBlockedUser: {
    ...READS_FOR_CALLER,
    description: 'Says whether a user is blocked',
    table: ['BatchGetItem', 'GetItem'],
  },
  getUserHistory: {
    ...READS_FOR_CALLER,
    description: 'Says what happened to a user',
    table: ['BatchGetItem', 'Query'],
    links: true,
  },
  getUserEverywhere: {
    ...READS_FOR_CALLER,
    description: 'Says on which numbers a user is blocked',
    memory: EVERYWHERE_MEMORY,
    table: ['BatchGetItem', 'Query'],
    links: true,
  },
  getHistoryEverywhere: {
    ...READS_FOR_CALLER,
    description: 'Says what happened to a user on every number',
    memory: EVERYWHERE_MEMORY,
    table: ['BatchGetItem', 'Query'],
    links: true,
  },
  eraseUser: {
    ...READS_FOR_CALLER,
    description: 'Erases what is stored about a person',
    memory: EVERYWHERE_MEMORY,
    table: [...CHANGE_USERS, 'DeleteItem'],
    findsDue: true,
    readsTokens: true,
    settings: [...GRAPH, ...RETENTION, 'listLimit', 'logRetentionDays', 'eventUsers'],
  },
  lookupUsers: {
    ...READS_FOR_CALLER,
    description: 'Says of many users whether they are blocked',
    memory: LOOKUP_MEMORY,
    table: ['BatchGetItem', 'GetItem'],
  },
  getBlocklist: {
    ...READS_FOR_CALLER,
    description: 'Sums up the blocklist of a number',
    table: ['BatchGetItem', 'GetItem'],
    findsDue: true,
    settings: ['listLimit'],
  },
  listNumbersInUse: {
    ...READS_FOR_CALLER,
    description: 'Lists the numbers in use, and sums up their blocklists',
    table: ['BatchGetItem', 'Query'],
    links: true,
    settings: ['listLimit', ...REASONS],
  },
  listOperations: {
    ...READS_FOR_CALLER,
    description: 'Lists what was done to a number, newest first',
    table: ['Query'],
    links: true,
  },
  createJobs: {
    ...WRITES_FOR_CALLER,
    description: 'Starts a job for each of several numbers',
    memory: BATCH_MEMORY,
    table: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PartiQLInsert', 'PutItem', 'Query', 'UpdateItem'],
    findsDue: true,
    readsTokens: true,
    starts: ['jobs'],
    links: true,
    settings: [...GRAPH_PLACE, ...RETENTION, ...JOBS, ...REASONS, 'listLimit'],
  },
  listJobs: {
    ...READS_FOR_CALLER,
    description: 'Lists jobs, newest first',
    table: ['BatchGetItem', 'Query'],
    links: true,
  },
  getJob: { ...READS_FOR_CALLER, description: 'Says how far a job is', table: ['GetItem', 'Query'] },
  listJobUsers: {
    ...READS_FOR_CALLER,
    description: 'Lists the users of a job with their outcome',
    table: ['BatchGetItem', 'GetItem', 'Query'],
    links: true,
  },
  cancelJob: {
    ...WRITES_FOR_CALLER,
    description: 'Stops what a job has not sent',
    table: ['BatchGetItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    settings: [...RETENTION, 'listLimit'],
  },
  retryJob: {
    ...WRITES_FOR_CALLER,
    description: 'Runs again what failed in a job',
    table: ['GetItem', 'Query', 'UpdateItem'],
    starts: ['jobs'],
    settings: [...RETENTION, 'jobIdleMinutes'],
  },
  revertJob: {
    ...WRITES_FOR_CALLER,
    description: 'Starts a job that undoes what another one did',
    memory: REVERT_MEMORY,
    table: ['BatchGetItem', 'BatchWriteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'],
    findsDue: true,
    starts: ['jobs'],
    links: true,
    settings: [...RETENTION, ...REASONS, 'jobIdleMinutes', 'openJobsPerNumber', 'openJobsPerCaller'],
  },
  startReconciliation: {
    ...READS_FOR_CALLER,
    description: 'Starts a comparison with Graph',
    table: ['GetItem', 'PutItem', 'UpdateItem'],
    readsTokens: true,
    starts: ['reconciliation'],
    describes: 'reconciliation',
    settings: [...GRAPH_PLACE, ...RETENTION, 'reconciliationsPerHour'],
  },
  receiveWebhook: {
    ...WRITES_FOR_CALLER,
    description: 'Follows what a WhatsApp webhook tells of users',
    table: CHANGE_USERS,
    readsTokens: true,
    settings: [...GRAPH, ...RETENTION, 'listLimit', 'deferDays', 'trustUnsigned', 'eventUsers'],
  },
  listProtectedUsers: {
    ...READS_FOR_CALLER,
    description: 'Lists the users whom nobody can block',
    table: ['Query'],
    links: true,
  },
  getProtectedUser: {
    ...READS_FOR_CALLER,
    description: 'Says whether a user is protected',
    table: ['BatchGetItem', 'Query'],
  },
  protectUser: {
    ...WRITES_FOR_CALLER,
    description: 'Protects a user from being blocked',
    table: ['BatchGetItem', 'PutItem', 'Query'],
    settings: [...RETENTION, ...REASONS],
  },
  unprotectUser: {
    ...WRITES_FOR_CALLER,
    description: 'Ends the protection of a user',
    table: ['BatchGetItem', 'DeleteItem', 'PutItem', 'Query'],
    settings: [...RETENTION, ...REASONS],
  },
  getOpenApi: { ...READS_FOR_CALLER, memory: SMALL_MEMORY, description: 'Gives the OpenAPI document of this API' },
  health: { ...READS_FOR_CALLER, memory: SMALL_MEMORY, description: 'Says that the API answers' },

  createKey: { ...MANAGES_KEYS, description: 'Makes a key for a caller', keys: ['PutItem'] },
  listKeys: { ...MANAGES_KEYS, description: 'Lists the keys, without their secrets', keys: ['Query'], links: true },
  rotateKey: { ...MANAGES_KEYS, description: 'Gives a key a new secret', keys: ['GetItem', 'UpdateItem'] },
  revokeKey: { ...MANAGES_KEYS, description: 'Ends a key', keys: ['GetItem', 'UpdateItem'] },
  authorizeKey: {
    description: 'Says whose key a call has, and what it may call',
    caller: 'authorizer',
    memory: READER_MEMORY,
    timeoutSeconds: AUTHORIZER_TIMEOUT_SECONDS,
    keys: ['GetItem'],
    recordsUseOfKeys: true,
  },

  processChunk: {
    description: 'Carries out the chunks of one lane of a job',
    caller: 'jobs',
    memory: WRITER_MEMORY,
    timeoutSeconds: LANE_FUNCTION_TIMEOUT_SECONDS,
    table: CHANGE_USERS,
    readsTokens: true,
    settings: [...GRAPH, ...RETENTION, 'listLimit', 'jobDeadlineHours'],
  },
  failChunk: {
    description: 'Writes off a chunk that no retry could process',
    caller: 'jobs',
    memory: WRITER_MEMORY,
    timeoutSeconds: CHUNK_FUNCTION_TIMEOUT_SECONDS,
    table: CHANGE_USERS,
    settings: [...RETENTION, 'listLimit'],
  },
  finishJob: {
    description: 'Ends a job: status and counts from its chunks',
    caller: 'jobs',
    memory: WRITER_MEMORY,
    timeoutSeconds: JOB_FUNCTION_TIMEOUT_SECONDS,
    table: CHANGE_USERS,
    settings: [...RETENTION, 'listLimit'],
  },

  listNumbers: {
    description: 'Lists the numbers in use, in groups',
    caller: 'reconciliation',
    memory: READER_MEMORY,
    timeoutSeconds: PAGE_FUNCTION_TIMEOUT_SECONDS,
    table: ['Query'],
  },
  reconcileNumbers: {
    description: 'Makes one attempt at a group of numbers: what Graph has, and what the mirror has',
    caller: 'reconciliation',
    memory: LIST_MEMORY,
    timeoutSeconds: RECONCILE_FUNCTION_TIMEOUT_SECONDS,
    table: CHANGE_USERS,
    findsDue: true,
    readsTokens: true,
    settings: [...GRAPH, ...RETENTION, 'listLimit', 'eventUsers'],
    errorsMean:
      'An attempt at a group of numbers failed. If the retries of the workflow fail too, that group waits for the next run.',
  },

  expireBlocks: {
    ...CHANGES_WHAT_IS_DUE,
    description: 'Unblocks users whose block has come to its end',
    errorsMean: 'A run that ends temporary blocks failed. The next run tries again. The log of the function says why.',
    schedule: { name: 'expire', retries: 1 },
  },
  retryDeferred: {
    ...CHANGES_WHAT_IS_DUE,
    description: 'Tries deferred blocks again, or gives them up',
    errorsMean:
      'A run that retries deferred blocks failed. The next run tries again. The log of the function says why.',
    schedule: { name: 'deferred', retries: 1 },
  },
  sweep: {
    description: 'Finds operations, jobs and events that stopped on the way, and starts them again',
    caller: 'schedule',
    memory: WRITER_MEMORY,
    timeoutSeconds: SWEEP_FUNCTION_TIMEOUT_SECONDS,
    table: [...CHANGE_USERS, 'DeleteItem'],
    findsDue: true,
    publishes: true,
    starts: ['jobs', 'reconciliation'],
    describes: 'jobs',
    settings: [...RETENTION, 'jobIdleMinutes', 'jobDeadlineHours', 'listLimit'],
    errorsMean:
      'Stalled operations and jobs are not recovered, or events that were left are not published. The log of the function says why.',
    schedule: { name: 'sweep', retries: 1 },
  },
  checkTokens: {
    description:
      'Asks Graph whether the tokens still work, and for how long; fails where one does not. Tells of keys that end soon',
    caller: 'schedule',
    memory: SMALL_MEMORY,
    timeoutSeconds: TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
    table: ['PutItem', 'Query'],
    readsKeys: true,
    readsTokens: true,
    settings: [...GRAPH, 'tokenWarningDays'],
    errorsMean:
      'A token no longer works, expires within the warning time, or is gone from the secret. The log of the function says which.',
    // It fails if a token needs attention. Its alarm says so once, and tomorrow the check runs again.
    schedule: { name: 'tokenCheck', retries: 0 },
  },
  publishEvents: {
    description: 'Puts events that wait in the table on the bus',
    caller: 'stream',
    memory: SMALL_MEMORY,
    timeoutSeconds: PUBLISH_FUNCTION_TIMEOUT_SECONDS,
    table: ['BatchGetItem', 'DeleteItem'],
    publishes: true,
  },
} as const satisfies Readonly<Record<string, FunctionSpec>>;

export type FunctionName = keyof typeof FUNCTIONS;

/** The names of the functions that `C` calls. */
export type CalledBy<C extends Caller> = {
  [Name in FunctionName]: (typeof FUNCTIONS)[Name]['caller'] extends C ? Name : never;
}[FunctionName];

/** Names and records of all functions, in the order of the table. */
export const ALL_FUNCTIONS: readonly (readonly [FunctionName, FunctionSpec])[] = Object.keys(FUNCTIONS)
  .filter((name): name is FunctionName => name in FUNCTIONS)
  .map((name) => [name, FUNCTIONS[name]] as const);

/** The file of a function, without its ending, which is its name in logs and metrics. */
export function handlerOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The files of the functions that one caller calls, or of all. */
export function handlersOf(caller?: Caller): string[] {
  return ALL_FUNCTIONS.flatMap(([name, spec]) =>
    caller === undefined || spec.caller === caller ? [handlerOf(name)] : [],
  );
}
