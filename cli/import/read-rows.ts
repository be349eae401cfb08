import { parse } from 'csv-parse/sync';
import * as z from 'zod/mini';
import { LIMITS } from '../../lambdas/contract/limits.ts';
import { readIdentity } from '../../lambdas/core/users/identity.ts';
import { PROBLEMS } from '../../lambdas/core/users/problems.ts';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

/** The columns in which an import finds what it needs. */
export interface ColumnNames {
  readonly user?: string | undefined;
  readonly reason?: string | undefined;
  readonly reasonCode?: string | undefined;
  readonly expiresAt?: string | undefined;
  /** Set if the reasons and codes of the rows are left out. */
  readonly oneReason?: boolean | undefined;
  /** Set if the ends of the rows are left out, as of an unblock. */
  readonly noEnds?: boolean | undefined;
}

/** A row of the file, read. */
export interface Row {
  /** The line of the file at which it begins, from 1. */
  readonly line: number;
  /** Its cells, as they are. */
  readonly cells: readonly string[];
  /** The user as the row spells them. */
  readonly user: string;
  /** By this, several spellings of one user are one; absent if the row names nobody, or cannot be sent. */
  readonly id: string | undefined;
  /** Why it cannot be sent. */
  readonly problem: string | undefined;
  /** In one line: what was a line break in the cell is a space. */
  readonly reason: string | undefined;
  readonly reasonCode: string | undefined;
  /** ISO 8601. */
  readonly expiresAt: string | undefined;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly Row[];
}

/** Columns in which exports and people write the user, the most exact one first. A row uses the first that has a value. */
const USER_COLUMNS = ['input', 'wa_id', 'user_id', 'user', 'phone', 'phone_number', 'number'];
const parsedRows = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }));

/**
 * Every row of a CSV, with what is wrong with it. Without a line of heads, a file of one column is a list of users.
 *
 * @throws CliError if it is no CSV, or has no column of users
 */
export function readRows(text: string, columns: ColumnNames, nowMs: number): Table {
  const { head, body } = readTable(text);
  const read = rowReader(head, columns, nowMs);
  // `lines` is where a record ends; a quoted cell may have line breaks in it.
  return { head, rows: body.map(({ record, info }) => read(record, info.lines - lineBreaks(record))) };
}

/** The columns of a CSV. @throws CliError if it is none */
export function readHead(text: string): readonly string[] {
  return readTable(text).head;
}

function readTable(text: string) {
  const [first, ...rest] = parseCsv(text);
  if (first === undefined) throw new CliError(EXIT.usage, 'The file is empty; nothing was sent');
  const isHead = first.record.length > 1 || typeof readIdentity(first.record[0] ?? '') !== 'object';
  return isHead
    ? { head: first.record.map((name) => name.trim()), body: rest }
    : { head: ['user'], body: [first, ...rest] };
}

function parseCsv(text: string): z.infer<typeof parsedRows> {
  try {
    const parsed: unknown = parse(text, { bom: true, info: true, skip_empty_lines: true, relax_column_count: true });
    return parsedRows.parse(parsed);
  } catch (error) {
    throw new CliError(EXIT.usage, `Not a CSV: ${error instanceof Error ? error.message : error}; nothing was sent`);
  }
}

function lineBreaks(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
}

function rowReader(head: readonly string[], columns: ColumnNames, nowMs: number) {
  const place = (name: string | undefined, usual: string): number => {
    const at = head.findIndex((one) => one.toLowerCase() === (name ?? usual).toLowerCase());
    if (name !== undefined && at < 0) {
      throw new CliError(EXIT.usage, `There is no column ${name}; the columns are ${head.join(', ')}`);
    }
    return at;
  };
  const users =
    columns.user === undefined
      ? USER_COLUMNS.map((name) => place(undefined, name)).filter((at) => at >= 0)
      : [place(columns.user, '')];
  if (users.length === 0) {
    throw new CliError(
      EXIT.usage,
      `Which column has the users? The columns are ${head.join(', ')}`,
      'Give --user-column <name>',
    );
  }
  const reason = columns.oneReason ? -1 : place(columns.reason, 'reason');
  const reasonCode = columns.oneReason ? -1 : place(columns.reasonCode, 'reason_code');
  const expiresAt = columns.noEnds ? -1 : place(columns.expiresAt, 'expires_at');
  return (cells: readonly string[], line: number): Row => {
    const cell = (at: number) => cells[at]?.trim() || undefined;
    const user = users.map(cell).find((text) => text !== undefined) ?? '';
    const read = readIdentity(user);
    const end = readEnd(cell(expiresAt), nowMs);
    const problem = typeof read === 'object' ? end.problem : PROBLEMS[read];
    return {
      line,
      cells,
      user,
      id: typeof read === 'object' && problem === undefined ? read.id : undefined,
      problem,
      reason: cell(reason)?.replace(/\s+/g, ' '),
      reasonCode: cell(reasonCode),
      expiresAt: end.at,
    };
  };
}

function readEnd(text: string | undefined, nowMs: number): { at?: string; problem?: string } {
  if (text === undefined) return {};
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) return { problem: `The end is no date: ${text}` };
  if (ms <= nowMs) return { problem: `The end is past: ${text}` };
  const latest = new Date(nowMs);
  latest.setUTCFullYear(latest.getUTCFullYear() + LIMITS.blockYears);
  if (ms > latest.getTime()) return { problem: `The end is more than ${LIMITS.blockYears} years ahead: ${text}` };
  return { at: new Date(ms).toISOString() };
}
