import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { accepted, blocked, someNotBlocked, someNotUnblocked, unblocked } from '../../lambdas/openapi/change.ts';
import { dryRun } from '../../lambdas/openapi/dry-run.ts';
import type { ApiCall } from '../api/client.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { readDuration, readMoment } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';
import { confirmUnblocks } from './confirm.ts';
import { printDryRun } from './dry-run.ts';

export interface ChangeOptions extends NumberOptions {
  readonly reason?: string | undefined;
  readonly reasonCode?: string | undefined;
  readonly expiresIn?: string | undefined;
  readonly expiresAt?: string | undefined;
  readonly defer?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

/** One line of the answer, for each user that was sent. */
interface Row {
  readonly input: string;
  readonly outcome: 'blocked' | 'unblocked' | 'deferred' | 'failed';
  readonly wa_id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly code?: number | undefined;
  readonly why?: string | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: 'USER', of: ({ input }) => input },
  { head: 'OUTCOME', of: ({ outcome }) => outcome },
  { head: 'WA_ID', of: ({ input, wa_id }) => (wa_id === input ? undefined : wa_id) },
  { head: 'USER_ID', of: ({ input, user_id }) => (user_id === input ? undefined : user_id) },
  { head: 'CODE', of: ({ code }) => code },
  { head: 'WHY', of: ({ why }) => why },
];

/** Unblocking more users than this asks first. */
export const UNBLOCKS_WITHOUT_ASKING = 1_000;

const blockAnswer = z.union([dryRun, accepted, someNotBlocked, blocked]);
const unblockAnswer = z.union([dryRun, accepted, someNotUnblocked, unblocked]);

/** `blocklist block <user…>` */
export async function blockUsers(
  context: Context,
  users: readonly string[],
  options: ChangeOptions,
): Promise<ExitCode> {
  const body = { ...bodyOf(users, options), ...termsOf(options, context.terminal.now()) };
  const answer = await context.api.call(callOf(context, options, { method: 'POST', body }), blockAnswer);
  if ('dry_run' in answer) return printDryRun(context, answer);
  if ('job' in answer) return printJob(context, answer);
  const { added_users: done, deferred_users: deferred = [] } = answer.block_users;
  return printRows(context, answer, [
    ...done.map((user): Row => ({ ...user, outcome: 'blocked' })),
    ...deferred.map((user): Row => ({ ...user, outcome: 'deferred', why: 'will be blocked when they write' })),
    ...failedRows(answer),
  ]);
}

/** `blocklist unblock <user…>` */
export async function unblockUsers(
  context: Context,
  users: readonly string[],
  options: ChangeOptions,
): Promise<ExitCode> {
  if (users.length > UNBLOCKS_WITHOUT_ASKING && !options.yes && !options.dryRun)
    await confirmUnblocks(context.terminal, users.length);
  const call = callOf(context, options, { method: 'DELETE', body: bodyOf(users, options) });
  const answer = await context.api.call(call, unblockAnswer);
  if ('dry_run' in answer) return printDryRun(context, answer);
  if ('job' in answer) return printJob(context, answer);
  return printRows(context, answer, [
    ...answer.block_users.removed_users.map((user): Row => ({ ...user, outcome: 'unblocked' })),
    ...failedRows(answer),
  ]);
}

function callOf(context: Context, options: ChangeOptions, call: Pick<ApiCall, 'method' | 'body'>): ApiCall {
  // If it becomes a job, a repeat of the call is the same job.
  return { ...call, path: paths.users(numberOf(context, options)), headers: { 'idempotency-key': randomUUID() } };
}

function bodyOf(users: readonly string[], { reason, reasonCode, dryRun: isDry }: ChangeOptions) {
  return {
    messaging_product: 'whatsapp',
    block_users: users.map((user) => ({ user })),
    reason,
    reason_code: reasonCode,
    dry_run: isDry ? true : undefined,
  };
}

/** When a block ends, and whether it may wait. */
export function termsOf(
  { expiresIn, expiresAt, defer }: Pick<ChangeOptions, 'expiresIn' | 'expiresAt' | 'defer'>,
  nowMs: number,
) {
  if (expiresIn !== undefined && expiresAt !== undefined) {
    throw new CliError(EXIT.usage, '--expires-in and --expires-at say the same; give one of them');
  }
  return {
    expires_in: expiresIn === undefined ? undefined : readDuration(expiresIn, '--expires-in'),
    expires_at: expiresAt === undefined ? undefined : readMoment(expiresAt, '--expires-at', nowMs),
    defer: defer ? true : undefined,
  };
}

function failedRows(
  answer: z.infer<typeof someNotBlocked | typeof someNotUnblocked | typeof blocked | typeof unblocked>,
): Row[] {
  if (!('failed_users' in answer.block_users)) return [];
  return answer.block_users.failed_users.map(({ errors: [error], ...user }): Row => {
    return { ...user, outcome: 'failed', code: error?.code, why: error?.error_data.details };
  });
}

function printRows(context: Context, answer: unknown, rows: readonly Row[]): ExitCode {
  print(context, answer, () => table(COLUMNS, rows));
  const failed = rows.filter(({ outcome }) => outcome === 'failed').length;
  if (failed === 0) return EXIT.ok;
  say(context.terminal, `${failed} of ${rows.length} failed`);
  return EXIT.someUsersFailed;
}

function printJob(context: Context, { job }: z.infer<typeof accepted>): ExitCode {
  print(context, job, () => `${job.id}\n`);
  say(context.terminal, `These became a job. To see how far it is: blocklist jobs watch ${job.id}`);
  return EXIT.ok;
}
