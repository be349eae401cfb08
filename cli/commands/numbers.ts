import type { z } from 'zod';
import { type Blocklist, blocklist, type Numbers, numbers, reconciliation } from '../../lambdas/openapi/blocklist.ts';
import { type operation, operations } from '../../lambdas/openapi/operation.ts';
import { firstRows, pagesOf, rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import { type Context, type NumberOptions, numberOf } from '../context.ts';
import { readMoment } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ageOf } from '../output/age.ts';
import { print } from '../output/print.ts';
import { type Column, facts, table } from '../output/table.ts';
import { say } from '../terminal.ts';

const NUMBER_COLUMNS: readonly Column<z.infer<typeof numbers>['data'][number]>[] = [
  { head: 'NUMBER', of: ({ phone_number_id }) => phone_number_id },
  { head: 'BLOCKED', of: ({ size }) => size },
  { head: 'LIMIT', of: ({ limit }) => limit },
  { head: 'DEFERRED', of: ({ deferred }) => deferred },
  { head: 'EXPIRING', of: ({ expiring }) => expiring },
  { head: 'COMPARED_AT', of: ({ reconciled_at }) => reconciled_at ?? 'never' },
  { head: 'ADDED', of: ({ drift }) => drift?.added },
  { head: 'REMOVED', of: ({ drift }) => drift?.removed },
  { head: 'COMPARISON_FAILED', of: ({ reconcile_failure }) => reconcile_failure?.message },
];

/** `blocklist numbers`: which numbers there are, how full their lists, and which reason codes the deployment takes. */
export async function listNumbers(context: Context): Promise<ExitCode> {
  const call = { method: 'GET', path: paths.numbers, query: { limit: 1_000 } } as const;
  const data: Numbers['data'][number][] = [];
  let rules: Omit<Numbers, 'data' | 'paging'> | undefined;
  for await (const { data: rows, paging: _, ...rest } of pagesOf(context.api, call, numbers)) {
    data.push(...rows);
    rules = rest;
  }
  print(context, { data, ...rules }, () => table(NUMBER_COLUMNS, data));
  if (data.length === 0) say(context.terminal, 'No number is in use yet: one is from its first block');
  if (rules !== undefined) {
    say(context.terminal, `Reason codes: ${rules.reason_codes.join(', ')}. ${REQUIRED[rules.require_reason]}`);
  }
  return EXIT.ok;
}

const REQUIRED: Readonly<Record<Numbers['require_reason'], string>> = {
  none: 'No reason is required',
  code: 'Every change must have one: --reason-code',
  text: 'Every change must have a reason: --reason',
};

/** `blocklist blocklist`: how full the list is, and how sure its copy. */
export async function showBlocklist(context: Context, options: NumberOptions): Promise<ExitCode> {
  const found = await context.api.call({ method: 'GET', path: paths.blocklist(numberOf(context, options)) }, blocklist);
  const nowMs = context.terminal.now();
  print(context, found, () =>
    facts([
      ['Blocked', `${found.size} of ${found.limit} (${found.remaining} more fit)`],
      ['Deferred', found.deferred],
      ['Ending by themselves', found.expiring],
      ...countsOf(found),
      ['Jobs running', found.running_jobs],
      ['Compared with Graph', ageOf(found.reconciled_at, nowMs)],
      [
        'Corrected then',
        found.drift === null ? undefined : `${found.drift.added} added, ${found.drift.removed} removed`,
      ],
      [
        'Comparison failed',
        found.reconcile_failure && `${ageOf(found.reconcile_failure.at, nowMs)}: ${found.reconcile_failure.message}`,
      ],
      ['Out of use since', found.out_of_use_since],
    ]),
  );
  return EXIT.ok;
}

/** What the last comparison counted, to decide whom to unblock when the list gets full. */
function countsOf({ blocks }: Blocklist): (readonly [string, string])[] {
  if (blocks === undefined) return [];
  const codes = Object.entries(blocks.by_reason_code).map(([code, count]) => `${code} ${count}`);
  const ages = Object.entries(blocks.older_than_days).map(([days, count]) => `${days} d: ${count}`);
  return [
    ['By reason code', [...codes, `without ${blocks.without_reason_code}`].join(', ')],
    ['Older than', ages.join(', ')],
  ];
}

/** `blocklist reconcile`: compares the copy with Graph's list, now. */
export async function reconcile(context: Context, options: NumberOptions): Promise<ExitCode> {
  const number = numberOf(context, options);
  const started = await context.api.call({ method: 'POST', path: paths.reconcile(number) }, reconciliation);
  print(context, started, () => `${started.status}\n`);
  say(context.terminal, `To see when it is done: blocklist blocklist --number ${number}`);
  return EXIT.ok;
}

export interface OperationsOptions extends NumberOptions {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  readonly reasonCode?: string | undefined;
  readonly limit: number;
}

const COLUMNS: readonly Column<z.infer<typeof operation>>[] = [
  { head: 'AT', of: ({ at }) => at },
  { head: 'ACTION', of: ({ action }) => action },
  { head: 'STATUS', of: ({ status, code }) => (code === undefined ? status : `${status} (${code})`) },
  { head: 'OK', of: ({ counts }) => counts.succeeded },
  { head: 'FAILED', of: ({ counts }) => counts.failed },
  { head: 'DEFERRED', of: ({ counts }) => counts.deferred },
  { head: 'BY', of: ({ actor }) => actor },
  { head: 'FOR', of: ({ on_behalf_of }) => on_behalf_of },
  { head: 'REASON', of: ({ reason }) => reason },
  { head: 'CODE', of: ({ reason_code }) => reason_code },
  { head: 'THROUGH', of: ({ source, job_id }) => job_id ?? source },
];

/** `blocklist operations`: what was done to a number, newest first. */
export async function listOperations(context: Context, options: OperationsOptions): Promise<ExitCode> {
  const { since, until, actor, reasonCode, limit } = options;
  const nowMs = context.terminal.now();
  const query = {
    since: since && readMoment(since, '--since', nowMs),
    until: until && readMoment(until, '--until', nowMs),
    actor,
    reason_code: reasonCode,
    limit: Math.min(limit, 1_000),
  };
  const call = { method: 'GET', path: paths.operations(numberOf(context, options)), query } as const;
  const { rows, more } = await firstRows(rowsOf(context.api, call, operations), limit);
  print(context, { data: rows, more }, () => table(COLUMNS, rows));
  if (more) say(context.terminal, `The newest ${rows.length}. For more: --limit ${limit * 10}`);
  return EXIT.ok;
}
