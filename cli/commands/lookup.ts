import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LIMITS } from '../../lambdas/contract/limits.ts';
import { inBatches } from '../../lambdas/core/in-batches.ts';
import { type LookedUpUser, lookup } from '../../lambdas/openapi/user.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { readInput, say, type Terminal } from '../terminal.ts';

export interface LookupOptions extends NumberOptions {
  readonly file?: string | undefined;
}

const COLUMNS: readonly Column<LookedUpUser>[] = [
  { head: 'USER', of: ({ input }) => input },
  { head: 'STATE', of: ({ state, errors }) => (errors ? 'malformed' : state) },
  { head: 'SINCE', of: ({ blocked_at }) => blocked_at },
  { head: 'UNTIL', of: ({ expires_at }) => expires_at },
  { head: 'BY', of: ({ blocked_by }) => blocked_by },
  { head: 'CODE', of: ({ reason_code }) => reason_code },
  { head: 'REASON', of: ({ reason, errors }) => errors?.[0]?.error_data.details ?? reason },
];

/** `blocklist lookup <user…|-f FILE|->`: which of them are blocked. */
export async function lookupUsers(
  context: Context,
  given: readonly string[],
  options: LookupOptions,
): Promise<ExitCode> {
  const users = await readUsers(context.terminal, given, options.file);
  const path = paths.lookup(numberOf(context, options));
  const rows: LookedUpUser[] = [];
  for (const some of inBatches(users, LIMITS.usersPerLookup)) {
    const { data } = await context.api.call({ method: 'POST', path, body: { users: some } }, lookup);
    rows.push(...data);
  }
  print(context, { data: rows }, () => table(COLUMNS, rows));
  const malformed = rows.filter(({ errors }) => errors).length;
  if (malformed === 0) return EXIT.ok;
  say(context.terminal, `${malformed} of ${rows.length} name no user`);
  return EXIT.someUsersFailed;
}

/** The arguments, or the lines of a file or of the input. Empty lines are no users. */
async function readUsers(
  terminal: Terminal,
  given: readonly string[],
  file: string | undefined,
): Promise<readonly string[]> {
  const isInput = file === '-' || (given.length === 1 && given[0] === '-');
  if (file !== undefined && given.length > 0) {
    throw new CliError(EXIT.usage, 'Give users, or --file, not both');
  }
  if (file === undefined && !isInput) {
    if (given.length === 0)
      throw new CliError(EXIT.usage, 'Which users? Give some, or --file <file>, or - for the input');
    return given;
  }
  const text = isInput ? await readInput(terminal) : await readText(terminal, file ?? '');
  const users = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (users.length === 0) throw new CliError(EXIT.usage, `${isInput ? 'The input' : file} has no users`);
  return users;
}

export async function readText({ cwd }: Pick<Terminal, 'cwd'>, file: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new CliError(EXIT.usage, `${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
