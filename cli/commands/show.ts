import { type AuditEvent, history, type User, user } from '../../lambdas/openapi/user.ts';
import { firstRows, rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ageOf } from '../output/age.ts';
import { print } from '../output/print.ts';
import { type Column, facts, table } from '../output/table.ts';

export interface ShowOptions extends NumberOptions {
  readonly limit: number;
}

export const EVENT_COLUMNS: readonly Column<AuditEvent>[] = [
  { head: 'AT', of: ({ at }) => at },
  { head: 'ACTION', of: ({ action }) => action },
  { head: 'OUTCOME', of: ({ outcome, code }) => (code === undefined ? outcome : `${outcome} (${code})`) },
  { head: 'BY', of: ({ actor }) => actor },
  { head: 'FOR', of: ({ on_behalf_of }) => on_behalf_of },
  { head: 'REASON', of: ({ reason }) => reason },
  { head: 'UNTIL', of: ({ expires_at }) => expires_at },
  { head: 'THROUGH', of: ({ source, job_id }) => job_id ?? source },
];

/** `blocklist show <user>`: whether they are blocked, by whom, why, and what happened before. */
export async function showUser(context: Context, id: string, options: ShowOptions): Promise<ExitCode> {
  const number = numberOf(context, options);
  const [known, events] = await Promise.all([
    context.api.call({ method: 'GET', path: paths.user(number, id) }, user),
    firstRows(
      rowsOf(
        context.api,
        { method: 'GET', path: paths.userHistory(number, id), query: { limit: Math.min(options.limit, 1_000) } },
        history,
      ),
      options.limit,
    ),
  ]);
  print(context, { ...known, phone_number_id: number, history: events.rows, more: events.more }, () => {
    const more = events.more ? `There is more: --limit ${options.limit * 10}\n` : '';
    const past = events.rows.length === 0 ? 'Nothing happened to this user here.\n' : table(EVENT_COLUMNS, events.rows);
    return `${factsOf(known, context.terminal.now())}\n${past}${more}`;
  });
  return EXIT.ok;
}

function factsOf(known: User, nowMs: number): string {
  return facts([
    ['State', known.state],
    ['wa_id', known.wa_id],
    ['user_id', known.user_id],
    ['Asked as', known.asked_as],
    ['Has now', known.changed_to],
    ['Blocked at', known.blocked_at],
    ['Deferred at', known.deferred_at],
    ['Ends at', known.expires_at],
    ['By', known.blocked_by],
    ['Reason', known.reason],
    ['Through', known.source],
    ['Compared with Graph', ageOf(known.reconciled_at, nowMs)],
  ]);
}
