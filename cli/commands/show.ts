import {
  type AuditEvent,
  type HistoryEverywhere,
  history,
  historyEverywhere,
  type User,
  type UserEverywhere,
  user,
  userEverywhere,
} from '../../lambdas/openapi/user.ts';
import { firstRows, pagesOf, rowsOf } from '../api/pages.ts';
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
  { head: 'CODE', of: ({ reason_code }) => reason_code },
  { head: 'UNTIL', of: ({ expires_at }) => expires_at },
  { head: 'THROUGH', of: ({ source, job_id }) => job_id ?? source },
];

/** `blocklist show <user>`: whether they are blocked, by whom, why, and what happened before; on one number, or on every. */
export async function showUser(context: Context, id: string, options: ShowOptions): Promise<ExitCode> {
  if (options.number === undefined) return showEverywhere(context, id, options);
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
    ['Code', known.reason_code],
    ['Through', known.source],
    ['Compared with Graph', ageOf(known.reconciled_at, nowMs)],
  ]);
}

type OnNumber = UserEverywhere['data'][number];

const NUMBER_COLUMNS: readonly Column<OnNumber>[] = [
  { head: 'NUMBER', of: ({ phone_number_id }) => phone_number_id },
  { head: 'STATE', of: ({ state }) => state },
  { head: 'SINCE', of: ({ blocked_at, deferred_at }) => blocked_at ?? deferred_at },
  { head: 'UNTIL', of: ({ expires_at }) => expires_at },
  { head: 'BY', of: ({ blocked_by }) => blocked_by },
  { head: 'REASON', of: ({ reason }) => reason },
  { head: 'CODE', of: ({ reason_code }) => reason_code },
];

const NUMBER_EVENT_COLUMNS: readonly Column<HistoryEverywhere['data'][number]>[] = [
  { head: 'NUMBER', of: ({ phone_number_id }) => phone_number_id ?? 'every' },
  ...EVENT_COLUMNS,
];

async function showEverywhere(context: Context, id: string, { limit }: ShowOptions): Promise<ExitCode> {
  const [pages, events] = await Promise.all([
    allPages(context, id),
    firstRows(
      rowsOf(
        context.api,
        { method: 'GET', path: paths.historyEverywhere(id), query: { limit: Math.min(limit, 1_000) } },
        historyEverywhere,
      ),
      limit,
    ),
  ]);
  const rows = pages.flatMap(({ data }) => data);
  const { wa_id, user_id, protected: isProtected } = pages[0] ?? {};
  const data = { wa_id, user_id, protected: isProtected, data: rows, history: events.rows, more: events.more };
  print(context, data, () => {
    const known = rows.filter(({ state }) => state !== 'unknown');
    const unknown = rows.length - known.length;
    const other = unknown > 0 ? `Nothing is known on ${known.length > 0 ? 'the other ' : ''}${unknown} numbers.\n` : '';
    const more = events.more ? `There is more: --limit ${limit * 10}\n` : '';
    const who = facts([
      ['wa_id', wa_id],
      ['user_id', user_id],
      ['Protected', isProtected ? 'yes' : undefined],
    ]);
    return `${who}\n${table(NUMBER_COLUMNS, known)}${other}\n${table(NUMBER_EVENT_COLUMNS, events.rows)}${more}`;
  });
  return EXIT.ok;
}

/** What is known of the user on every number. */
async function allPages({ api }: Context, id: string): Promise<UserEverywhere[]> {
  const pages: UserEverywhere[] = [];
  const call = { method: 'GET', path: paths.everywhere(id), query: { limit: 1_000 } } as const;
  for await (const page of pagesOf(api, call, userEverywhere)) pages.push(page);
  return pages;
}
