import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type DryRun, dryRun as dryRunAnswer } from '../../lambdas/openapi/dry-run.ts';
import type { Job } from '../../lambdas/openapi/job.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Grouped, type GroupTerms, groupRows } from '../import/groups.ts';
import { readRows, type Table } from '../import/read-rows.ts';
import { accountOf, failedCsv, failedRows } from '../import/report.ts';
import { bodyOf, type Numbers, sendGroups } from '../import/send.ts';
import {
  fingerprintOf,
  type ImportState,
  readState,
  removeState,
  stateFileOf,
  writeState,
} from '../import/state-file.ts';
import { print } from '../output/print.ts';
import { facts } from '../output/table.ts';
import { readInput, say, type Terminal } from '../terminal.ts';
import { type ChangeOptions, termsOf, UNBLOCKS_WITHOUT_ASKING } from './change-users.ts';
import { confirmUnblocks } from './confirm.ts';
import { joined, printDryRun } from './dry-run.ts';
import { readText } from './lookup.ts';
import { isFinal, watchJobs } from './watch.ts';

export interface ImportOptions extends Omit<ChangeOptions, 'number'> {
  readonly action: 'block' | 'unblock';
  readonly number?: readonly string[] | undefined;
  readonly allNumbers?: boolean | undefined;
  readonly userColumn?: string | undefined;
  readonly reasonColumn?: string | undefined;
  readonly reasonCodeColumn?: string | undefined;
  readonly expiresColumn?: string | undefined;
  readonly failed?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly restart?: boolean | undefined;
}

/** How many malformed rows are shown one by one. */
const MOST_SHOWN = 20;
/** Jobs that an import may need. A caller may have 50 open at a time. */
const MOST_GROUPS = 50;
/** Hours for which the service remembers a key, less one for a clock that is wrong. */
const KEY_HOURS = 23;
const HOUR_MS = 3_600_000;

/** `blocklist import FILE|-`: blocks or unblocks the users of a CSV, as jobs, and accounts for every row. */
export async function importUsers(
  context: Context,
  file: string,
  options: ImportOptions & CommonOptions,
): Promise<ExitCode> {
  const { terminal, api } = context;
  const numbers = numbersOf(terminal, options);
  const text = file === '-' ? await readInput(terminal) : await readText(terminal, file);
  if (options.dryRun) return dryRun(context, { text, numbers, options });
  const fingerprint = fingerprintOf([text, numbers, settled(context, options)]);
  const statePath = file === '-' ? undefined : resolve(terminal.cwd, stateFileOf(file));
  const state = await stateOf(terminal, { statePath, fingerprint, options });
  // A resumed import reads its rows as the first try did, so that each request is the same again.
  const { table, grouped, count } = readGroups(terminal, { text, options, startedMs: Date.parse(state.startedAt) });
  if (options.action === 'unblock' && count > UNBLOCKS_WITHOUT_ASKING && !options.yes && state.jobs.length === 0) {
    await confirmUnblocks(terminal, count);
  }
  if (statePath !== undefined) await writeState(statePath, state);
  for (const id of state.jobs.flat()) say(terminal, `Job ${id}`);
  const onJobs = (jobs: readonly Pick<Job, 'id' | 'status'>[]) => {
    for (const { id } of jobs) say(terminal, `Job ${id}`);
    if (jobs.some(isFinal)) say(terminal, 'This was imported before, less than a day ago. To send it again: --restart');
  };
  const sending = { ...options, numbers, defer: options.defer ?? false, groups: grouped.groups, statePath, onJobs };
  const ids = (await sendGroups(api, sending, state)).flat();
  return report(context, { table, grouped, ids, statePath, options });
}

interface Input {
  readonly text: string;
  readonly options: ImportOptions;
  readonly startedMs: number;
}

/** The rows, what is wrong with them, and the requests that they make. @throws CliError if they make none, or too many */
function readGroups(terminal: Terminal, { text, options, startedMs }: Input) {
  const table = readRows(text, columnsOf(options), startedMs);
  const grouped = groupRows(table.rows, usualTerms(options, startedMs));
  reportMalformed(terminal, table);
  const count = grouped.groups.reduce((sum, { rows }) => sum + rows.length, 0);
  if (count === 0) throw new CliError(EXIT.usage, 'No row names a user; nothing was sent');
  if (grouped.groups.length > MOST_GROUPS) {
    throw new CliError(
      EXIT.usage,
      `The rows have ${grouped.groups.length} different reasons and ends; each is a job of its own, and the limit is ${MOST_GROUPS}`,
      'Import the file in parts, or use fewer reasons',
    );
  }
  return { table, grouped, count };
}

/** What the import would do: nothing is changed, and no state is kept. */
async function dryRun(context: Context, { text, numbers, options }: Omit<Input, 'startedMs'> & { numbers: Numbers }) {
  const { terminal, api } = context;
  const { grouped } = readGroups(terminal, { text, options, startedMs: terminal.now() });
  const answers: DryRun[] = [];
  for (const group of grouped.groups) {
    const body = { ...bodyOf({ ...options, numbers, defer: options.defer ?? false }, group), dry_run: true };
    answers.push(await api.call({ method: 'POST', path: paths.jobs, body }, dryRunAnswer));
  }
  return printDryRun(context, joined(answers));
}

interface Sent {
  readonly table: Table;
  readonly grouped: Grouped;
  readonly ids: readonly string[];
  readonly statePath: string | undefined;
  readonly options: ImportOptions;
}

async function report(context: Context, { table, grouped, ids, statePath, options }: Sent): Promise<ExitCode> {
  const { terminal, api } = context;
  const jobs = await watchJobs(context, ids);
  const account = accountOf(table, grouped, jobs);
  const failed = account.failed + account.malformed;
  if (options.failed !== undefined && failed > 0) {
    const rows = await failedRows(api, table, jobs);
    await writeFile(resolve(terminal.cwd, options.failed), failedCsv(table, rows));
    say(terminal, `The rows that failed, and why: ${options.failed}`);
  }
  if (statePath !== undefined) await removeState(statePath);
  print(context, account, () =>
    facts([
      ['Rows', account.rows],
      ['Malformed', account.malformed],
      ['Duplicates', account.duplicates],
      ['Sent', account.sent],
      ['Succeeded', account.succeeded],
      ['Deferred', account.deferred],
      ['Failed', account.failed],
    ]),
  );
  if (failed === 0) return EXIT.ok;
  if (options.failed === undefined && account.failed > 0)
    say(terminal, 'Who failed, and why: blocklist jobs users <job> --outcome failed');
  return EXIT.someUsersFailed;
}

function numbersOf({ env }: Pick<Terminal, 'env'>, { number, allNumbers }: ImportOptions): Numbers {
  if (allNumbers) {
    if (number !== undefined)
      throw new CliError(EXIT.usage, '--number and --all-numbers are opposites; give one of them');
    return 'all';
  }
  const given = number ?? (env.BLOCKLIST_NUMBER ? [env.BLOCKLIST_NUMBER] : []);
  if (given.length > 0) return [...new Set(given)];
  throw new CliError(
    EXIT.usage,
    'On which numbers? Nothing names one',
    'Give --number <phone number id>, several with commas, or --all-numbers',
  );
}

function columnsOf({ userColumn, reasonColumn, reasonCodeColumn, expiresColumn }: ImportOptions) {
  return { user: userColumn, reason: reasonColumn, reasonCode: reasonCodeColumn, expiresAt: expiresColumn };
}

function usualTerms(options: ImportOptions, nowMs: number): GroupTerms {
  const { expires_in: expiresIn, expires_at: expiresAt } = termsOf(options, nowMs);
  return { reason: options.reason, reasonCode: options.reasonCode, expiresAt, expiresIn };
}

/** What decides what is sent, to which service, and for whom. */
function settled({ target }: Context, options: ImportOptions & CommonOptions): readonly unknown[] {
  const { action, reason, reasonCode, expiresIn, expiresAt, defer, onBehalfOf } = options;
  return [target.apiUrl, action, reason, reasonCode, expiresIn, expiresAt, defer, onBehalfOf, columnsOf(options)];
}

function reportMalformed(terminal: Terminal, { rows }: Table): void {
  const malformed = rows.filter(({ problem }) => problem !== undefined);
  for (const { line, user, problem } of malformed.slice(0, MOST_SHOWN))
    say(terminal, `line ${line}: ${user}: ${problem}`);
  if (malformed.length > MOST_SHOWN) say(terminal, `… and ${malformed.length - MOST_SHOWN} more`);
  if (malformed.length > 0) say(terminal, `${malformed.length} of ${rows.length} rows cannot be sent`);
}

interface Earlier {
  readonly statePath: string | undefined;
  readonly fingerprint: string;
  readonly options: ImportOptions;
}

/** Where the import begins: anew, or where an earlier one of the same file and options stopped. Never silently. */
async function stateOf(terminal: Terminal, { statePath, fingerprint, options }: Earlier): Promise<ImportState> {
  const { resume = false, restart = false } = options;
  if (resume && restart) throw new CliError(EXIT.usage, '--resume and --restart are opposites; give one of them');
  const earlier = statePath === undefined || restart ? undefined : await readState(statePath);
  if (earlier === undefined) {
    if (resume) throw new CliError(EXIT.usage, 'There is nothing to resume: no import of this file has stopped');
    const key = restart ? randomUUID() : fingerprint.slice(0, 32);
    return { version: 1, fingerprint, key, startedAt: new Date(terminal.now()).toISOString(), jobs: [] };
  }
  if (!resume) {
    throw new CliError(
      EXIT.conflict,
      `An import of this file stopped before its end (begun ${earlier.startedAt}, ${earlier.jobs.flat().length} jobs)`,
      'Give --resume to go on with it, or --restart to begin anew',
    );
  }
  if (earlier.fingerprint !== fingerprint) {
    throw new CliError(
      EXIT.conflict,
      'The file or the options are not those of the import that stopped',
      'Give the same, or --restart to begin anew',
    );
  }
  if (terminal.now() - Date.parse(earlier.startedAt) > KEY_HOURS * HOUR_MS) {
    throw new CliError(
      EXIT.conflict,
      'The import began more than a day ago, so the service no longer knows what it has taken',
      'See `blocklist jobs list`, then give --restart: users who are blocked already stay so',
    );
  }
  return earlier;
}
