import { stringify } from 'csv-stringify/sync';
import { isFinal } from '../../../cli/api/is-final.ts';
import { paths } from '../../../cli/api/paths.ts';
import type { Grouped } from '../../../cli/import/groups.ts';
import type { Row, Table } from '../../../cli/import/read-rows.ts';
import { mapConcurrent } from '../../../lambdas/core/map-concurrent.ts';
import { readIdentity } from '../../../lambdas/core/users/identity.ts';
import type { Job } from '../../../lambdas/openapi/job.ts';
import { callService, type Result } from '../service/call.ts';
import { failedUsers } from './failed-users.ts';
import { isProtection } from './is-protection.ts';

/** An import that was sent: its file, and the jobs that this tab knows of it. */
export interface Sent {
  readonly name: string;
  readonly action: 'block' | 'unblock';
  readonly numbers: number;
  readonly users: number;
  readonly table: Table;
  readonly grouped: Grouped;
  /** How many jobs it became, and the ids of those that are known: after a reload, not all of them. */
  readonly jobs: number;
  readonly ids: readonly string[];
}

export type Left = 'protected' | 'failed' | 'not sent' | 'duplicate';

/** A row whose user was not changed, and why. */
export interface LeftRow {
  readonly left: Left;
  /** Absent if the service names the user by another id than the file. */
  readonly row: Row | undefined;
  readonly user: string;
  readonly number?: string;
  readonly code?: number | undefined;
  readonly why: string;
}

export interface ImportResult {
  readonly jobs: readonly Job[];
  readonly isFinal: boolean;
  /** As long as the jobs run, only what was not sent at all. */
  readonly left: readonly LeftRow[];
}

const ASKED_AT_ONCE = 8;

/** How far the jobs are, and once they have ended, every row whose user was not changed. `known` keeps jobs that have ended. */
export async function loadResult(
  sent: Sent,
  known: Map<string, Job>,
  signal: AbortSignal,
): Promise<Result<ImportResult>> {
  const found: Result<Job>[] = [];
  await mapConcurrent(
    [...new Set(sent.ids)].filter((id) => !known.has(id)),
    ASKED_AT_ONCE,
    async (id) => {
      found.push(await callService<Job>({ path: paths.job(id), signal }));
    },
  );
  const open: Job[] = [];
  for (const result of found) {
    if (!result.ok) return result;
    if (isFinal(result.body)) known.set(result.body.id, result.body);
    else open.push(result.body);
  }
  const jobs = [...known.values(), ...open];
  const left = [...notSent(sent)];
  if (open.length === 0) {
    const rows = new Map(sent.table.rows.toReversed().flatMap((row) => (row.id === undefined ? [] : [[row.id, row]])));
    for (const { id, phone_number_id: number, users } of jobs) {
      if (users.failed === 0) continue;
      const failed = await failedUsers(id, signal);
      if (!failed.ok) return failed;
      for (const { input, code, message = '' } of failed.body) {
        const identity = readIdentity(input);
        const row = typeof identity === 'object' ? rows.get(identity.id) : undefined;
        const isProtected = isProtection({ code, message });
        left.push({ left: isProtected ? 'protected' : 'failed', row, user: input, number, code, why: message });
      }
    }
  }
  return { ok: true, status: 200, body: { jobs, isFinal: open.length === 0, left } };
}

/** Rows that name nobody, or somebody whom an earlier row names. */
function notSent({ table, grouped }: Pick<Sent, 'table' | 'grouped'>): LeftRow[] {
  const lines = new Map(table.rows.toReversed().map(({ id, line }) => [id, line]));
  return [
    ...table.rows.flatMap((row): LeftRow[] =>
      row.problem === undefined ? [] : [{ left: 'not sent', row, user: row.user, why: row.problem }],
    ),
    ...grouped.duplicates.map(
      (row): LeftRow => ({ left: 'duplicate', row, user: row.user, why: `The user of line ${lines.get(row.id)}` }),
    ),
  ];
}

/** The rows as they were, and why the user of each was not changed: a CSV that can be imported again. */
export function leftCsv({ head }: Table, left: readonly LeftRow[]): string {
  const lines = left.map(({ left: what, row, user, number = '', code, why }) => {
    const cells = head.map((_, place) => row?.cells[place] ?? (place === 0 && row === undefined ? user : ''));
    return [...cells, String(row?.line ?? ''), what, number, code === undefined ? '' : String(code), why];
  });
  return stringify([[...head, 'line', 'result', 'failed_on', 'failed_code', 'failed_why'], ...lines]);
}
