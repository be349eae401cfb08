import { stringify } from 'csv-stringify/sync';
import { readIdentity } from '../../lambdas/core/users/identity.ts';
import { type Job, jobUsers } from '../../lambdas/openapi/job.ts';
import type { ApiClient } from '../api/client.ts';
import { rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import type { Grouped } from './groups.ts';
import type { Row, Table } from './read-rows.ts';

/** A row that did not end as it should, and why. */
export interface FailedRow {
  readonly row: Row;
  /** The number on which; absent if it was not sent. */
  readonly number: string | undefined;
  readonly code: number | undefined;
  readonly why: string;
}

/** The rows of a file, and those of them that are not sent. */
export interface RowCounts {
  readonly rows: number;
  readonly malformed: number;
  readonly duplicates: number;
}

/** Every row of an import is in one of these. */
export interface Account extends RowCounts {
  /** Users that were sent to each number, and how they ended, over all numbers. */
  readonly sent: number;
  readonly succeeded: number;
  readonly deferred: number;
  readonly failed: number;
  readonly jobs: readonly string[];
}

export function rowCounts({ rows }: Table, { duplicates }: Grouped): RowCounts {
  return {
    rows: rows.length,
    malformed: rows.filter(({ id }) => id === undefined).length,
    duplicates: duplicates.length,
  };
}

export function accountOf(table: Table, grouped: Grouped, jobs: readonly Job[]): Account {
  const sum = (of: (job: Job) => number) => jobs.reduce((total, job) => total + of(job), 0);
  return {
    ...rowCounts(table, grouped),
    sent: grouped.groups.reduce((total, { rows }) => total + rows.length, 0),
    succeeded: sum(({ users }) => users.succeeded),
    deferred: sum(({ users }) => users.deferred),
    failed: sum(({ users }) => users.failed),
    jobs: jobs.map(({ id }) => id),
  };
}

/** Rows that could not be sent, and those whose user failed. */
export async function failedRows(
  api: ApiClient,
  table: Table,
  jobs: readonly Pick<Job, 'id' | 'phone_number_id' | 'users'>[],
): Promise<FailedRow[]> {
  const failed: FailedRow[] = table.rows.flatMap((row) => {
    return row.problem === undefined ? [] : [{ row, number: undefined, code: undefined, why: row.problem }];
  });
  const byId = new Map(
    table.rows.toReversed().flatMap((row) => (row.id === undefined ? [] : [[row.id, row] as const])),
  );
  for (const { id, phone_number_id: number, users } of jobs) {
    if (users.failed === 0) continue;
    const call = { method: 'GET', path: paths.jobUsers(id), query: { outcome: 'failed', limit: 1_000 } } as const;
    for await (const { input, code, message = '' } of rowsOf(api, call, jobUsers)) {
      const identity = readIdentity(input);
      const row = typeof identity === 'object' ? byId.get(identity.id) : undefined;
      if (row) failed.push({ row, number, code, why: message });
    }
  }
  return failed;
}

/** The rows as they were, and why each failed: a CSV that can be imported again. */
export function failedCsv({ head }: Table, failed: readonly FailedRow[]): string {
  const lines = failed.map(({ row, number, code, why }) => {
    const cells = head.map((_, place) => row.cells[place] ?? '');
    return [...cells, number ?? '', code === undefined ? '' : String(code), why];
  });
  return stringify([[...head, 'failed_on', 'failed_code', 'failed_why'], ...lines]);
}
