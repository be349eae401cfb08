import {
  oneProtected,
  type ProtectedUser,
  protectedUsers,
  protection,
  unprotected,
} from '../../lambdas/openapi/protection.ts';
import { firstRows, rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';

export interface ReasonOptions {
  readonly reason?: string | undefined;
  readonly reasonCode?: string | undefined;
}

const COLUMNS: readonly Column<ProtectedUser>[] = [
  { head: 'USER', of: ({ wa_id, user_id }) => wa_id ?? user_id },
  { head: 'SINCE', of: ({ protected_at }) => protected_at },
  { head: 'BY', of: ({ protected_by }) => protected_by },
  { head: 'FOR', of: ({ on_behalf_of }) => on_behalf_of },
  { head: 'REASON', of: ({ reason }) => reason },
  { head: 'CODE', of: ({ reason_code }) => reason_code },
];

/** `blocklist protect <user>`: nobody can block them from then on. Says on which numbers they are blocked now. */
export async function protectUser(context: Context, user: string, options: ReasonOptions): Promise<ExitCode> {
  const call = { method: 'PUT', path: paths.protectedUser(user), body: bodyOf(options) } as const;
  const answer = await context.api.call(call, protection);
  print(context, answer, () => table(COLUMNS, [answer]));
  for (const { phone_number_id: number, state } of answer.blocked_on) {
    say(
      context.terminal,
      `They are ${state} on ${number}, and stay so. To end that: blocklist unblock ${user} --number ${number}`,
    );
  }
  return EXIT.ok;
}

export async function unprotectUser(context: Context, user: string, options: ReasonOptions): Promise<ExitCode> {
  const call = { method: 'DELETE', path: paths.protectedUser(user), body: bodyOf(options) } as const;
  const answer = await context.api.call(call, unprotected);
  print(context, answer, () => `${answer.wa_id ?? answer.user_id} is no longer protected\n`);
  return EXIT.ok;
}

/** `blocklist protected [user]`: all of them, or one; exit code 4 if that one is not. */
export async function listProtected(context: Context, user: string | undefined): Promise<ExitCode> {
  if (user !== undefined) {
    const one = await context.api.call({ method: 'GET', path: paths.protectedUser(user) }, oneProtected);
    print(context, one, () => table(COLUMNS, [one]));
    return EXIT.ok;
  }
  const { rows } = await firstRows(rowsOf(context.api, { method: 'GET', path: paths.protectedUsers }, protectedUsers));
  print(context, { data: rows }, () => table(COLUMNS, rows));
  return EXIT.ok;
}

function bodyOf({ reason, reasonCode }: ReasonOptions) {
  return { reason, reason_code: reasonCode };
}
