import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PlainError } from '../../lib/plain-error.ts';
import { LOCAL_DIRECTORY } from './paths.ts';
import { isAlive } from './run-directory.ts';

/** What scripts need to know of a running local stack; `npm start` writes it to `.local/stack.json`. */
export const stackInfo = z.object({
  /** Base of every route, without a slash at the end. Calls are signed for `execute-api`. */
  apiUrl: z.string(),
  /** The same for callers with a key, which they send as `Authorization: Bearer …`. */
  keyApiUrl: z.string(),
  /** The server that plays Graph. */
  graphUrl: z.string(),
  region: z.string(),
  tableName: z.string(),
  /** The workflow of jobs. */
  stateMachineArn: z.string(),
  /** The workflow that compares the mirror with Graph. */
  reconciliationArn: z.string(),
  /** Name of the group of the stack's schedules. */
  scheduleGroup: z.string(),
  /** ARNs of the policies for callers. */
  callerPolicies: z.object({
    reader: z.string(),
    agent: z.string(),
    operator: z.string(),
    webhookForwarder: z.string(),
    keyManager: z.string(),
  }),
  secretName: z.string(),
  /** Folder of the run's log files: MiniStack's, the deploy's, the functions'. */
  logs: z.string(),
  /** The local AWS, for every service. */
  endpoint: z.string(),
  /** The credentials of the local account's root, for this run. */
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

export type StackInfo = z.infer<typeof stackInfo>;

export const STACK_FILE = join(LOCAL_DIRECTORY, 'stack.json');

const stackFile = stackInfo.extend({
  /** The process that keeps the stack up. */
  pid: z.number(),
});

/**
 * The stack that `npm start` keeps running.
 *
 * @throws PlainError if there is none
 */
export function readStackInfo(file: string = STACK_FILE): StackInfo {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    throw new PlainError('No local stack is running. Start one with: npm start');
  }
  const { pid, ...info } = stackFile.parse(JSON.parse(content));
  if (!isAlive(pid)) throw new PlainError('The local stack is gone. Start one with: npm start');
  return info;
}

/** The right to be the one stack that `npm start` keeps up. */
export interface StackClaim {
  publish(info: StackInfo): void;
  /** Gives it up, and takes back what was published. Safe to repeat. */
  release(): void;
}

/** @throws PlainError when another process holds it */
export function claimStack(file: string = STACK_FILE): StackClaim {
  const lock = `${file}.lock`;
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const holder = Number(readFileSync(lock, 'utf8'));
    if (holder !== process.pid && isAlive(holder)) {
      throw new PlainError(
        `A local stack is running already (process ${holder}); ${file} says where. Stop it with Ctrl-C in its terminal, or: kill ${holder}`,
      );
    }
    // Its owner died without removing it.
    writeFileSync(lock, String(process.pid));
  }
  rmSync(file, { force: true });
  let held = true;
  return {
    publish(info) {
      // Parsed, because the AWS SDK leaves a field of its own in the credentials that it was given.
      const content = stackFile.parse({ ...info, pid: process.pid });
      // For its owner only: it has the credentials of the run.
      writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    },
    release() {
      if (!held) return;
      held = false;
      rmSync(file, { force: true });
      rmSync(lock, { force: true });
    },
  };
}
