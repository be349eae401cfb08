import type { z } from 'zod';
import { numbers } from '../../lambdas/openapi/blocklist.ts';
import { list } from '../../lambdas/openapi/user.ts';
import { firstRows, rowsOf } from '../api/pages.ts';
import { paths } from '../api/paths.ts';
import type { Context, NumberOptions } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print } from '../output/print.ts';
import { type Column, table } from '../output/table.ts';
import { say } from '../terminal.ts';

type Listed = z.infer<typeof list>['data'][number];

/** A number whose two lists were compared, user by user. */
interface Compared {
  readonly phone_number_id: string;
  readonly blocked: number;
  /** Users whom Graph blocks, and the copy does not have. */
  readonly only_at_graph: readonly string[];
  /** Users whom the copy has, and Graph does not block. */
  readonly only_in_copy: readonly string[];
}

const COLUMNS: readonly Column<Compared>[] = [
  { head: 'NUMBER', of: ({ phone_number_id }) => phone_number_id },
  { head: 'BLOCKED', of: ({ blocked }) => blocked },
  { head: 'ONLY_AT_GRAPH', of: ({ only_at_graph }) => only_at_graph.length },
  { head: 'ONLY_IN_COPY', of: ({ only_in_copy }) => only_in_copy.length },
];

/**
 * `blocklist compare`: whether the service's copy of a list is Graph's own list, user by user. It only reads; a difference may
 * be a change in progress, and the next reconciliation corrects it.
 */
export async function compareLists(context: Context, { number }: NumberOptions): Promise<ExitCode> {
  const chosen = number ?? (context.terminal.env.BLOCKLIST_NUMBER || undefined);
  const compared: Compared[] = [];
  for (const one of chosen === undefined ? await numbersInUse(context) : [chosen]) {
    compared.push(await compareNumber(context, one));
  }
  print(context, { data: compared }, () => table(COLUMNS, compared));
  const differ = compared.filter((one) => one.only_at_graph.length + one.only_in_copy.length > 0);
  if (differ.length === 0) return EXIT.ok;
  say(context.terminal, `${differ.length} of ${compared.length} lists differ; --output json names the users`);
  say(context.terminal, 'To correct the copy: blocklist reconcile --number <id>, and compare again');
  return EXIT.someUsersFailed;
}

async function numbersInUse({ api }: Context): Promise<string[]> {
  const call = { method: 'GET', path: paths.numbers, query: { limit: 1_000 } } as const;
  const { rows } = await firstRows(rowsOf(api, call, numbers));
  return rows.map((row) => row.phone_number_id);
}

async function compareNumber({ api }: Context, number: string): Promise<Compared> {
  const call = { method: 'GET', path: paths.users(number) } as const;
  const [copy, graph] = await Promise.all([
    firstRows(rowsOf(api, { ...call, query: { limit: 1_000 } }, list)),
    firstRows(rowsOf(api, { ...call, query: { limit: 1_000, source: 'graph' } }, list)),
  ]);
  return {
    phone_number_id: number,
    blocked: graph.rows.length,
    only_at_graph: without(graph.rows, copy.rows),
    only_in_copy: without(copy.rows, graph.rows),
  };
}

/** The users of a list whom another list has under none of their ids. */
function without(listed: readonly Listed[], others: readonly Listed[]): string[] {
  const known = new Set(others.flatMap(idsOf));
  return listed.map(idsOf).flatMap((ids) => (ids.some((id) => known.has(id)) ? [] : ids.slice(0, 1)));
}

function idsOf({ wa_id, user_id }: Listed): string[] {
  return [wa_id, user_id].filter((id) => id !== undefined && id !== null);
}
