import { stringify } from 'csv-stringify/sync';
import { USER_FIELDS } from '../../lambdas/contract/list-fields.ts';
import { type ListedUser, list } from '../../lambdas/openapi/user.ts';
import { rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { readMoment } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';

export type ListFormat = 'table' | 'json' | 'ndjson' | 'csv';

export interface ListOptions extends NumberOptions {
  readonly format?: ListFormat | undefined;
  readonly limit?: number | undefined;
  readonly source?: string | undefined;
  readonly reasonCode?: string | undefined;
  readonly blockedBy?: string | undefined;
  readonly expiresBefore?: string | undefined;
  readonly blockedAfter?: string | undefined;
  readonly blockedBefore?: string | undefined;
}

const COLUMNS: readonly Column<ListedUser>[] = USER_FIELDS.map((field) => ({
  head: field.toUpperCase(),
  of: (row) => row[field],
}));

const PAGE = 1_000;

/** `blocklist list` and `blocklist export`: who is blocked, the whole list unless `limit` says less. */
export async function listUsers(context: Context, options: ListOptions): Promise<ExitCode> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  const format = options.format ?? context.output;
  const query = {
    fields: USER_FIELDS.join(','),
    limit: Math.min(limit, PAGE),
    ...filterOf(options, context.terminal.now()),
  };
  const rows = rowsOf(context.api, { method: 'GET', path: paths.users(numberOf(context, options)), query }, list);
  const write = writerOf(context, format);
  let count = 0;
  let isCut = false;
  for await (const row of rows) {
    if (count === limit) {
      isCut = true;
      break;
    }
    count += 1;
    write.row(row);
  }
  write.end();
  if (isCut) say(context.terminal, `The first ${count}. For the whole list: blocklist export`);
  return EXIT.ok;
}

/** A time may be a date, or how long ago: blocks older than a year are those of `--blocked-before 52w`. */
function filterOf(options: ListOptions, nowMs: number) {
  const { source, reasonCode, blockedBy, expiresBefore, blockedAfter, blockedBefore } = options;
  const moment = (text: string | undefined, option: string) => text && readMoment(text, option, nowMs);
  return {
    source,
    reason_code: reasonCode,
    blocked_by: blockedBy,
    expires_before: moment(expiresBefore, '--expires-before'),
    blocked_after: moment(blockedAfter, '--blocked-after'),
    blocked_before: moment(blockedBefore, '--blocked-before'),
  };
}

interface Writer {
  row(row: ListedUser): void;
  end(): void;
}

/** Lines are written as they come; a table and a JSON text when all are there. */
function writerOf({ terminal: { out } }: Context, format: ListFormat): Writer {
  if (format === 'ndjson') return { row: (row) => out.write(`${JSON.stringify(row)}\n`), end: () => {} };
  if (format === 'csv') {
    out.write(stringify([USER_FIELDS]));
    return { row: (row) => out.write(stringify([USER_FIELDS.map((field) => row[field] ?? '')])), end: () => {} };
  }
  const rows: ListedUser[] = [];
  const end = () =>
    out.write(format === 'json' ? `${JSON.stringify({ data: rows }, null, 2)}\n` : table(COLUMNS, rows));
  return { row: (row) => rows.push(row), end };
}
