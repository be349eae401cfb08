import { bodyOf } from '../../../cli/import/body.ts';
import { type Grouped, groupRows } from '../../../cli/import/groups.ts';
import { readRows, type Table } from '../../../cli/import/read-rows.ts';
import { withReasonProblems } from '../../../cli/import/reason-problem.ts';
import type { Chosen } from './import-state.ts';

export interface ReadImport {
  readonly table: Table;
  readonly grouped: Grouped;
  /** Users that are sent to each number. */
  readonly users: number;
}

/** The rows of a file, and the requests that they make, by what was chosen. @throws CliError if it is no list of users */
export function readImport(text: string, chosen: Omit<Chosen, 'numbers'>, nowMs: number): ReadImport {
  const { action, reason, reasonCode, expiresAt, expiresIn, rules } = chosen;
  const usual = { reason, reasonCode, expiresAt, expiresIn };
  const columns = { ...chosen.columns, oneReason: chosen.oneReason, noEnds: action === 'unblock' };
  const table = withReasonProblems(readRows(text, columns, nowMs), usual, rules);
  const grouped = groupRows(table.rows, usual);
  return { table, grouped, users: grouped.groups.reduce((sum, { rows }) => sum + rows.length, 0) };
}

/** The requests of an import, one for each reason and end. */
export function bodiesOf({ groups }: Pick<Grouped, 'groups'>, { action, numbers, defer }: Chosen) {
  return groups.map((group) => bodyOf({ action, numbers, defer }, group));
}
