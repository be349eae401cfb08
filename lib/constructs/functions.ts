import { Construct } from 'constructs';
import {
  API_FUNCTION_TIMEOUT_SECONDS,
  API_HANDLERS,
  CHUNK_FUNCTION_TIMEOUT_SECONDS,
  DUE_FUNCTION_TIMEOUT_SECONDS,
  JOB_FUNCTION_TIMEOUT_SECONDS,
  RECONCILE_FUNCTION_TIMEOUT_SECONDS,
  RECONCILIATION_HANDLERS,
  SCHEDULED_HANDLERS,
  SWEEP_FUNCTION_TIMEOUT_SECONDS,
  TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
  WORKFLOW_HANDLERS,
} from '../../lambdas/contract.ts';
import type { BlocklistConfig } from '../config.ts';
import { BlocklistFunction, type BlocklistFunctionProps, pascalCase } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';
import { configureFunctions } from './function-settings.ts';

export interface FunctionsProps {
  readonly config: BlocklistConfig;
  /** Folder of the code, see `BlocklistFunctionProps`. */
  readonly code: string;
  readonly protection: DataProtection;
}

type Group<Handlers> = Readonly<Record<keyof Handlers, BlocklistFunction>>;
type Settings = Omit<BlocklistFunctionProps, 'handler' | 'code' | 'stage' | 'protection'>;

/** Megabytes of a function that reads an item or a page; of one that answers by itself; of one that writes by the thousand. */
const READER_MEMORY = 512;
const SMALL_MEMORY = 256;
const WRITER_MEMORY = 1024;
/** Megabytes of a function that holds a whole list, 64,000 ids of Graph's beside as many of ours. */
const LIST_MEMORY = 1024;
/** Megabytes of a look-up: little to hold, but 1,000 items to parse while a message waits, so it is for the CPU. */
const LOOKUP_MEMORY = 1024;
/**
 * Megabytes of a function that stores jobs for up to 100 numbers while its caller waits: it parses 6 MB, and writes up to
 * 12,800 chunks and reads them again within 28 s. Little to hold, so it is for the CPU: a whole one.
 */
const BATCH_MEMORY = 1769;
/** Megabytes of a function that changes users by the ten thousand in one run, four batches at once: a whole CPU again. */
const DUE_MEMORY = 1769;

/** Seconds for a page of the registry: one Query. */
const PAGE_TIMEOUT_SECONDS = 30;

/** Every function of the service, with the settings it reads. What it may touch is granted by whoever owns that. */
export class Functions extends Construct {
  readonly api: Group<typeof API_HANDLERS>;
  readonly workflow: Group<typeof WORKFLOW_HANDLERS>;
  readonly reconciliation: Group<typeof RECONCILIATION_HANDLERS>;
  readonly scheduled: Group<typeof SCHEDULED_HANDLERS>;
  readonly #props: FunctionsProps;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.#props = props;
    this.api = this.#behindApi();
    this.workflow = this.#inWorkflow();
    this.reconciliation = this.#inReconciliation();
    this.scheduled = this.#onSchedule();
    configureFunctions(this, props.config);
  }

  #behindApi(): Functions['api'] {
    const reservedConcurrency = this.#props.config.reservedConcurrency.api;
    const create = (key: keyof typeof API_HANDLERS, description: string, memorySize: number) =>
      this.#create(API_HANDLERS[key], {
        description,
        memorySize,
        timeoutSeconds: API_FUNCTION_TIMEOUT_SECONDS,
        reservedConcurrency,
      });
    return {
      blockUsers: create('blockUsers', 'Blocks users, or starts a job that does', WRITER_MEMORY),
      unblockUsers: create('unblockUsers', 'Unblocks users, or starts a job that does', WRITER_MEMORY),
      listBlockedUsers: create('listBlockedUsers', 'Lists the blocked users of a number', READER_MEMORY),
      getBlockedUser: create('getBlockedUser', 'Says whether a user is blocked', READER_MEMORY),
      getUserHistory: create('getUserHistory', 'Says what happened to a user', READER_MEMORY),
      lookupUsers: create('lookupUsers', 'Says of many users whether they are blocked', LOOKUP_MEMORY),
      getBlocklist: create('getBlocklist', 'Sums up the blocklist of a number', READER_MEMORY),
      listOperations: create('listOperations', 'Lists what was done to a number, newest first', READER_MEMORY),
      createJobs: create('createJobs', 'Starts a job for each of several numbers', BATCH_MEMORY),
      listJobs: create('listJobs', 'Lists jobs, newest first', READER_MEMORY),
      getJob: create('getJob', 'Says how far a job is', READER_MEMORY),
      listJobUsers: create('listJobUsers', 'Lists the users of a job with their outcome', READER_MEMORY),
      cancelJob: create('cancelJob', 'Stops what a job has not sent', WRITER_MEMORY),
      retryJob: create('retryJob', 'Runs again what failed in a job', WRITER_MEMORY),
      startReconciliation: create('startReconciliation', 'Starts a comparison with Graph', READER_MEMORY),
      receiveWebhook: create('receiveWebhook', 'Follows what a WhatsApp webhook tells of users', WRITER_MEMORY),
      health: create('health', 'Says that the API answers', SMALL_MEMORY),
    };
  }

  #inWorkflow(): Functions['workflow'] {
    return {
      processChunk: this.#create(WORKFLOW_HANDLERS.processChunk, {
        description: 'Makes one pass over a chunk of a job',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: CHUNK_FUNCTION_TIMEOUT_SECONDS,
        reservedConcurrency: this.#props.config.reservedConcurrency.worker,
      }),
      failChunk: this.#create(WORKFLOW_HANDLERS.failChunk, {
        description: 'Writes off a chunk that no retry could process',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: CHUNK_FUNCTION_TIMEOUT_SECONDS,
      }),
      finishJob: this.#create(WORKFLOW_HANDLERS.finishJob, {
        description: 'Ends a job: status and counts from its chunks',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: JOB_FUNCTION_TIMEOUT_SECONDS,
      }),
    };
  }

  #inReconciliation(): Functions['reconciliation'] {
    return {
      listNumbers: this.#create(RECONCILIATION_HANDLERS.listNumbers, {
        description: 'Lists the numbers in use, in groups',
        memorySize: READER_MEMORY,
        timeoutSeconds: PAGE_TIMEOUT_SECONDS,
      }),
      reconcileNumbers: this.#create(RECONCILIATION_HANDLERS.reconcileNumbers, {
        description: 'Makes one pass over a group of numbers: what Graph has, and what the mirror has',
        memorySize: LIST_MEMORY,
        timeoutSeconds: RECONCILE_FUNCTION_TIMEOUT_SECONDS,
      }),
    };
  }

  #onSchedule(): Functions['scheduled'] {
    return {
      sweep: this.#create(SCHEDULED_HANDLERS.sweep, {
        description: 'Finds operations and jobs that stopped on the way, and starts them again',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: SWEEP_FUNCTION_TIMEOUT_SECONDS,
      }),
      expireBlocks: this.#create(SCHEDULED_HANDLERS.expireBlocks, {
        description: 'Unblocks users whose block has come to its end',
        memorySize: DUE_MEMORY,
        timeoutSeconds: DUE_FUNCTION_TIMEOUT_SECONDS,
      }),
      retryDeferred: this.#create(SCHEDULED_HANDLERS.retryDeferred, {
        description: 'Tries deferred blocks again, or gives them up',
        memorySize: DUE_MEMORY,
        timeoutSeconds: DUE_FUNCTION_TIMEOUT_SECONDS,
      }),
      checkTokens: this.#create(SCHEDULED_HANDLERS.checkTokens, {
        description: 'Fails when a token no longer works, or ends soon',
        memorySize: SMALL_MEMORY,
        timeoutSeconds: TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS,
      }),
    };
  }

  #create(handler: string, settings: Settings): BlocklistFunction {
    const { config, code, protection } = this.#props;
    const own = { stage: config.stage, protection, handler, code };
    return new BlocklistFunction(this, pascalCase(handler), { ...own, ...settings });
  }
}
