import { Construct } from 'constructs';
import {
  API_FUNCTION_TIMEOUT_SECONDS,
  API_HANDLERS,
  CHUNK_FUNCTION_TIMEOUT_SECONDS,
  ENV,
  JOB_FUNCTION_TIMEOUT_SECONDS,
  WORKFLOW_HANDLERS,
} from '../../lambdas/contract.ts';
import type { BlocklistConfig } from '../config.ts';
import { BlocklistFunction } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';

export interface FunctionsProps {
  readonly config: BlocklistConfig;
  readonly protection: DataProtection;
}

/** Megabytes of a function that reads an item or a page; of one that answers by itself; of one that writes by the thousand. */
const READER_MEMORY = 512;
const SMALL_MEMORY = 256;
const WRITER_MEMORY = 1024;

/** Every function of the service, with the settings it reads. What it may touch is granted by whoever owns that. */
export class Functions extends Construct {
  readonly api: Readonly<Record<keyof typeof API_HANDLERS, BlocklistFunction>>;
  readonly workflow: Readonly<Record<keyof typeof WORKFLOW_HANDLERS, BlocklistFunction>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { config, protection } = props;
    const common = { stage: config.stage, protection };
    const behindApi = (key: keyof typeof API_HANDLERS, description: string, memorySize: number) =>
      new BlocklistFunction(this, pascalCase(API_HANDLERS[key]), {
        ...common,
        handler: API_HANDLERS[key],
        description,
        memorySize,
        timeoutSeconds: API_FUNCTION_TIMEOUT_SECONDS,
        reservedConcurrency: config.reservedConcurrency.api,
      });
    this.api = {
      blockUsers: behindApi('blockUsers', 'Blocks users, or starts a job that does', WRITER_MEMORY),
      unblockUsers: behindApi('unblockUsers', 'Unblocks users, or starts a job that does', WRITER_MEMORY),
      listBlockedUsers: behindApi('listBlockedUsers', 'Lists the blocked users of a number', READER_MEMORY),
      getBlockedUser: behindApi('getBlockedUser', 'Says whether a user is blocked', READER_MEMORY),
      getUserHistory: behindApi('getUserHistory', 'Says what happened to a user', READER_MEMORY),
      getJob: behindApi('getJob', 'Says how far a job is', READER_MEMORY),
      listJobUsers: behindApi('listJobUsers', 'Lists the users of a job with their outcome', READER_MEMORY),
      health: behindApi('health', 'Says that the API answers', SMALL_MEMORY),
    };
    const inWorkflow = (
      key: keyof typeof WORKFLOW_HANDLERS,
      settings: {
        description: string;
        memorySize: number;
        timeoutSeconds: number;
        reservedConcurrency?: number | undefined;
      },
    ) =>
      new BlocklistFunction(this, pascalCase(WORKFLOW_HANDLERS[key]), {
        ...common,
        handler: WORKFLOW_HANDLERS[key],
        ...settings,
      });
    this.workflow = {
      processChunk: inWorkflow('processChunk', {
        description: 'Makes one pass over a chunk of a job',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: CHUNK_FUNCTION_TIMEOUT_SECONDS,
        reservedConcurrency: config.reservedConcurrency.worker,
      }),
      failChunk: inWorkflow('failChunk', {
        description: 'Writes off a chunk that no retry could process',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: CHUNK_FUNCTION_TIMEOUT_SECONDS,
      }),
      finishJob: inWorkflow('finishJob', {
        description: 'Ends a job: status and counts from its chunks',
        memorySize: WRITER_MEMORY,
        timeoutSeconds: JOB_FUNCTION_TIMEOUT_SECONDS,
      }),
    };
    this.#configure(config);
  }

  #configure(config: BlocklistConfig): void {
    const { blockUsers, unblockUsers, listBlockedUsers } = this.api;
    const { processChunk, failChunk, finishJob } = this.workflow;
    for (const fn of [blockUsers, unblockUsers, listBlockedUsers, processChunk]) {
      fn.setEnvironment({
        [ENV.graphVersion]: config.graph.version,
        [ENV.metaBaseUrl]: config.graph.metaBaseUrl,
        [ENV.splashifyBaseUrl]: config.graph.splashifyBaseUrl,
        [ENV.graphTimeoutMs]: config.graph.timeoutSeconds * 1000,
      });
    }
    for (const fn of [blockUsers, unblockUsers, processChunk, failChunk, finishJob]) {
      fn.setEnvironment({
        [ENV.auditRetentionDays]: config.auditRetentionDays,
        [ENV.jobRetentionDays]: config.jobs.retentionDays,
        [ENV.tombstoneDays]: config.tombstoneDays,
      });
    }
    for (const fn of [blockUsers, unblockUsers, processChunk]) fn.setEnvironment({ [ENV.listLimit]: config.listLimit });
    for (const fn of [blockUsers, unblockUsers]) fn.setEnvironment({ [ENV.chunkSize]: config.chunkSize });
    processChunk.setEnvironment({ [ENV.jobDeadlineHours]: config.jobs.deadlineHours });
  }
}

function pascalCase(kebab: string): string {
  return kebab.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
