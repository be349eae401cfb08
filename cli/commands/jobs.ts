import type { z } from 'zod';
import { type Job, job, jobs, type jobUser, jobUsers } from '../../lambdas/openapi/job.ts';
import { isFinal } from '../api/is-final.ts';
import { firstRows, rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, facts, table } from '../output/table.ts';
import { say } from '../terminal.ts';
import { type ChangeOptions, termsOf } from './change-users.ts';
import { watchJobs } from './watch.ts';

export interface JobsOptions {
  readonly number?: string | undefined;
  readonly status?: string | undefined;
  readonly limit: number;
}

const COLUMNS: readonly Column<Job>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'ACTION', of: ({ action }) => action },
  { head: 'STATUS', of: ({ status }) => status },
  { head: 'USERS', of: ({ users }) => users.total },
  { head: 'OK', of: ({ users }) => users.succeeded },
  { head: 'FAILED', of: ({ users }) => users.failed },
  { head: 'DEFERRED', of: ({ users }) => users.deferred },
  { head: 'CREATED', of: ({ created_at }) => created_at },
  { head: 'BY', of: ({ requested_by }) => requested_by },
  { head: 'REASON', of: ({ reason }) => reason },
  { head: 'REASON CODE', of: ({ reason_code }) => reason_code },
];

/** `blocklist jobs list`, newest first. */
export async function listJobs(context: Context, { number, status, limit }: JobsOptions): Promise<ExitCode> {
  const query = { phone_number_id: number, status, limit: Math.min(limit, 1_000) };
  const { rows, more } = await firstRows(rowsOf(context.api, { method: 'GET', path: paths.jobs, query }, jobs), limit);
  print(context, { data: rows, more }, () => table(COLUMNS, rows));
  if (more) say(context.terminal, `The newest ${rows.length}. For more: --limit ${limit * 10}`);
  return EXIT.ok;
}

export async function showJob(context: Context, id: string): Promise<ExitCode> {
  const found = await context.api.call({ method: 'GET', path: paths.job(id) }, job);
  return printJob(context, found);
}

/** `blocklist jobs watch`: its progress until it ends. Ctrl-C stops the watching, not the job. */
export async function watchJob(context: Context, id: string): Promise<ExitCode> {
  const ended = await watchJobs(context, [id]);
  const [found] = ended;
  return found === undefined ? EXIT.ok : printJob(context, found);
}

/** `blocklist jobs revert`: a job that undoes what this one did, and its progress. */
export async function revertJob(
  context: Context,
  id: string,
  { reason, reasonCode, expiresIn, expiresAt }: RevertOptions,
): Promise<ExitCode> {
  const body = { reason, reason_code: reasonCode, ...termsOf({ expiresIn, expiresAt }, context.terminal.now()) };
  const made = await context.api.call({ method: 'POST', path: paths.jobAction(id, 'revert'), body }, job);
  print(context, made, () => describe(made));
  if (!isFinal(made)) say(context.terminal, `To see how far it is: blocklist jobs watch ${made.id}`);
  return EXIT.ok;
}

/** `blocklist jobs cancel` and `retry`. */
export async function changeJob(context: Context, id: string, action: 'cancel' | 'retry'): Promise<ExitCode> {
  const changed = await context.api.call({ method: 'POST', path: paths.jobAction(id, action) }, job);
  print(context, changed, () => describe(changed));
  if (!isFinal(changed)) say(context.terminal, `To see how far it is: blocklist jobs watch ${id}`);
  return EXIT.ok;
}

export type RevertOptions = Pick<ChangeOptions, 'reason' | 'reasonCode' | 'expiresIn' | 'expiresAt'>;

export interface JobUsersOptions {
  readonly outcome?: string | undefined;
  readonly limit?: number | undefined;
}

const USER_COLUMNS: readonly Column<z.infer<typeof jobUser>>[] = [
  { head: 'USER', of: ({ input }) => input },
  { head: 'OUTCOME', of: ({ outcome }) => outcome },
  { head: 'WA_ID', of: ({ input, wa_id }) => (wa_id === input ? undefined : wa_id) },
  { head: 'USER_ID', of: ({ user_id }) => user_id },
  { head: 'CODE', of: ({ code }) => code },
  { head: 'WHY', of: ({ message }) => message },
];

/** `blocklist jobs users`: the outcome of each user. */
export async function listJobUsers(context: Context, id: string, options: JobUsersOptions): Promise<ExitCode> {
  const { outcome, limit = Number.POSITIVE_INFINITY } = options;
  const query = { outcome, limit: Math.min(limit, 1_000) };
  const call = { method: 'GET', path: paths.jobUsers(id), query } as const;
  const { rows, more } = await firstRows(rowsOf(context.api, call, jobUsers), limit);
  print(context, { data: rows, more }, () => table(USER_COLUMNS, rows));
  return EXIT.ok;
}

function printJob(context: Context, found: Job): ExitCode {
  print(context, found, () => describe(found));
  if (found.users.failed > 0) {
    say(context.terminal, `Who failed, and why: blocklist jobs users ${found.id} --outcome failed`);
    return isFinal(found) ? EXIT.someUsersFailed : EXIT.ok;
  }
  return EXIT.ok;
}

function describe(found: Job): string {
  const { users, activity } = found;
  return facts([
    ['Job', found.id],
    ['Status', found.status],
    ['Action', found.action],
    ['Number', found.phone_number_id],
    [
      'Users',
      `${users.total}: ${users.succeeded} ok, ${users.failed} failed, ${users.deferred} deferred, ${users.remaining} to do`,
    ],
    ['Reason', found.reason],
    ['Code', found.reason_code],
    ['Reverts', found.reverts],
    ['Ends at', found.expires_at],
    ['Stopped by', found.error && `${found.error.message} (${found.error.code})`],
    ...activity.map(({ at, verb, actor, on_behalf_of: person }) => {
      return [
        `${verb[0]?.toUpperCase()}${verb.slice(1)}`,
        `${at} by ${actor}${person === undefined ? '' : ` for ${person}`}`,
      ] as const;
    }),
    ['Finished', found.finished_at],
  ]);
}
