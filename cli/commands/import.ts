import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type DryRun, dryRun as dryRunAnswer } from '../../lambdas/openapi/dry-run.ts';
import { isFinal } from '../api/is-final.ts';
import { paths } from '../api/paths.ts';
import { CliError } from '../cli-error.ts';
import type { CommonOptions, Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { beginImport, readRules } from '../import/begin.ts';
import { bodyOf, type Numbers } from '../import/body.ts';
import { forDryRun, type Grouped, groupRows, tooManyGroups } from '../import/groups.ts';
import { columnsOf, type ImportOptions, numbersOf, settled, usualTerms } from '../import/options.ts';
import { readRows, type Table } from '../import/read-rows.ts';
import { type ReasonRules, withReasonProblems } from '../import/reason-problem.ts';
import { accountOf, failedCsv, failedRows, rowCounts } from '../import/report.ts';
import { sendGroups } from '../import/send.ts';
import { fingerprintOf, removeState, stateFileOf, writeState } from '../import/state-file.ts';
import type { SentJob } from '../import/waves.ts';
import { print } from '../output/print.ts';
import { ProgressBar } from '../output/progress-bar.ts';
import { facts } from '../output/table.ts';
import { readInput, say, type Terminal } from '../terminal.ts';
import { UNBLOCKS_WITHOUT_ASKING } from './change-users.ts';
import { confirmUnblocks } from './confirm.ts';
import { joined, printDryRun } from './dry-run.ts';
import { readText } from './lookup.ts';
import { watchJobs } from './watch.ts';

/** How many malformed rows are shown one by one. */
const MOST_SHOWN = 20;
/** Requests that are named one by one as they are sent; of more there is a bar. */
const MOST_NAMED = 50;

/** `blocklist import FILE|-`: blocks or unblocks the users of a CSV, as jobs, and accounts for every row. */
export async function importUsers(
  context: Context,
  file: string,
  options: ImportOptions & CommonOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const numbers = numbersOf(terminal, options);
  const text = file === '-' ? await readInput(terminal) : await readText(terminal, file);
  if (options.dryRun) return dryRun(context, { text, numbers, options });
  const fingerprint = fingerprintOf([text, numbers, settled(context, options)]);
  const statePath = file === '-' ? undefined : resolve(terminal.cwd, stateFileOf(file));
  const state = await beginImport(context, { statePath, fingerprint, options });
  // A resumed import reads its rows as the first try did, so that each request is the same again.
  const { rules, startedAt } = state;
  const { table, grouped, count } = readGroups(terminal, { text, options, rules, startedMs: Date.parse(startedAt) });
  if (options.action === 'unblock' && count > UNBLOCKS_WITHOUT_ASKING && !options.yes && state.jobs.length === 0) {
    await confirmUnblocks(terminal, count);
  }
  if (statePath !== undefined) await writeState(statePath, state);
  const defer = options.defer ?? false;
  const onJobs = announcer(terminal, grouped);
  if (state.jobs.length > 0) onJobs.sent(state.jobs.flat(), state.jobs.length);
  const sending = { ...options, numbers, defer, groups: grouped.groups, statePath, onJobs: onJobs.made };
  const ids = (await sendGroups(context, sending, state).finally(onJobs.end)).flat();
  return report(context, { table, grouped, ids, statePath, options });
}

/** Names jobs as they are made; of many there is a bar. Says so once, if they were made by an earlier import. */
function announcer(terminal: Terminal, { groups }: Grouped) {
  const bar = new ProgressBar(terminal);
  let hasSaid = false;
  const sent = (ids: readonly string[], done: number) => {
    if (groups.length > MOST_NAMED) return bar.show({ done, total: groups.length, note: 'requests sent' });
    for (const id of ids) say(terminal, `Job ${id}`);
  };
  const made = (jobs: readonly SentJob[], done: number) => {
    sent(
      jobs.map(({ id }) => id),
      done,
    );
    if (hasSaid || !jobs.some(isFinal)) return;
    hasSaid = true;
    say(terminal, 'This was imported before, less than a day ago. To send it again: --restart');
  };
  return { sent, made, end: () => bar.end() };
}

interface Input {
  readonly text: string;
  readonly options: ImportOptions;
  readonly rules: ReasonRules | undefined;
  readonly startedMs: number;
}

/** The rows, what is wrong with them, and the requests that they make. @throws CliError if they make none, or too many */
function readGroups(terminal: Terminal, { text, options, rules, startedMs }: Input) {
  const usual = usualTerms(options, startedMs);
  const table = withReasonProblems(readRows(text, columnsOf(options), startedMs), usual, rules);
  const grouped = groupRows(table.rows, usual);
  reportMalformed(terminal, table);
  const count = grouped.groups.reduce((sum, { rows }) => sum + rows.length, 0);
  if (count === 0) throw new CliError(EXIT.usage, 'No row names a user; nothing was sent');
  const tooMany = tooManyGroups(grouped);
  if (tooMany !== undefined) {
    throw new CliError(
      EXIT.usage,
      `${tooMany}; nothing was sent`,
      'Give --one-reason to leave out the reasons of the rows and record --reason for all, or import the file in parts',
    );
  }
  return { table, grouped, count };
}

/** What the import would do: nothing is changed, and no state is kept. The reasons make no difference to it. */
async function dryRun(
  context: Context,
  { text, numbers, options }: Pick<Input, 'text' | 'options'> & { numbers: Numbers },
) {
  const { terminal, api } = context;
  const rules = await readRules(api, terminal);
  const { table, grouped } = readGroups(terminal, { text, options, rules, startedMs: terminal.now() });
  const answers: DryRun[] = [];
  for (const group of forDryRun(grouped, numbers === 'all' ? 1 : numbers.length)) {
    const body = { ...bodyOf({ ...options, numbers, defer: options.defer ?? false }, group), dry_run: true };
    answers.push(await api.call({ method: 'POST', path: paths.jobs, body }, dryRunAnswer));
  }
  return printDryRun(context, joined(answers), rowCounts(table, grouped));
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

function reportMalformed(terminal: Terminal, { rows }: Table): void {
  const malformed = rows.filter(({ problem }) => problem !== undefined);
  for (const { line, user, problem } of malformed.slice(0, MOST_SHOWN))
    say(terminal, `line ${line}: ${user}: ${problem}`);
  if (malformed.length > MOST_SHOWN) say(terminal, `… and ${malformed.length - MOST_SHOWN} more`);
  if (malformed.length > 0) say(terminal, `${malformed.length} of ${rows.length} rows cannot be sent`);
}
