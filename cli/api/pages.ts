import type { z } from 'zod';
import type { ApiCall, ApiClient } from './client.ts';

interface Page<Row> {
  readonly data: readonly Row[];
  readonly paging: { readonly cursors: { readonly after?: string | undefined }; readonly next?: string | undefined };
}

/** Every page of a list. A page may be short, or empty, and have a next. */
export async function* pagesOf<Answer extends Page<unknown>>(
  api: ApiClient,
  call: ApiCall,
  schema: z.ZodType<Answer>,
): AsyncGenerator<Answer, void, undefined> {
  let after: string | undefined;
  do {
    const page = await api.call({ ...call, query: { ...call.query, after } }, schema);
    yield page;
    after = page.paging.next === undefined ? undefined : page.paging.cursors.after;
  } while (after !== undefined);
}

/** Every row of a list, page by page. */
export async function* rowsOf<Row>(
  api: ApiClient,
  call: ApiCall,
  schema: z.ZodType<Page<Row>>,
): AsyncGenerator<Row, void, undefined> {
  for await (const page of pagesOf(api, call, schema)) yield* page.data;
}

/** The first rows, at most `limit` (all by default), and whether there are more. */
export async function firstRows<Row>(
  rows: AsyncGenerator<Row, void, undefined>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ rows: Row[]; more: boolean }> {
  const found: Row[] = [];
  for await (const row of rows) {
    if (found.length === limit) return { rows: found, more: true };
    found.push(row);
  }
  return { rows: found, more: false };
}
