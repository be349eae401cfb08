import { stringify } from 'csv-stringify/sync';
import { paths } from '../../../cli/api/paths.ts';
import type { List } from '../../../lambdas/openapi/user.ts';
import { callService, type Result } from '../service/call.ts';

interface Exporting {
  readonly number: string;
  readonly query: Readonly<Record<string, string>>;
  readonly fields: readonly string[];
  readonly onRows: (count: number) => void;
}

/** Users of one page: as many as one request takes. */
const PAGE = 1_000;

/** All users that fit, as a CSV that the import reads. */
export async function exportCsv({ number, query, fields, onRows }: Exporting): Promise<Result<string>> {
  const rows: (readonly string[])[] = [fields];
  let after: string | undefined;
  do {
    const page = await callService<List>({ path: paths.users(number), query: { ...query, limit: PAGE, after } });
    if (!page.ok) return page;
    const { data, paging } = page.body;
    rows.push(...data.map((user) => fields.map((field) => String(Reflect.get(user, field) ?? ''))));
    onRows(rows.length - 1);
    after = paging.next === undefined ? undefined : paging.cursors.after;
  } while (after !== undefined);
  return { ok: true, status: 200, body: stringify(rows) };
}
