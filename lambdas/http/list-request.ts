import { LIMITS } from '../contract/limits.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ListPosition } from '../core/ports/list-page.ts';
import type { ListFilter } from '../core/users/list-filter.ts';
import type { Source } from '../core/users/mirror.ts';
import { type ApiRequest, readLimit, readQuery, readTarget } from './api-request.ts';
import { listCursor, readCursor } from './cursor.ts';
import { type Field, readFields } from './fields.ts';
import { FILTERS, readFilter } from './list-filter.ts';

/** Of a change by which somebody came onto the list; `satisfies` holds them to those of core. */
const CHANGES = ['api', 'job', 'external', 'expiry', 'deferred', 'webhook'] as const satisfies readonly Source[];

interface Page<Cursor> {
  readonly phoneNumberId: string;
  readonly version: string | undefined;
  readonly limit: number;
  readonly fields: readonly Field[] | undefined;
  readonly after: Cursor | undefined;
  readonly before: Cursor | undefined;
}

export type ListRequest =
  | (Page<string> & { readonly source: 'graph' })
  | (Page<ListPosition> & { readonly source: 'mirror'; readonly filter: ListFilter | undefined });

/**
 * `GET …/block_users`: from the mirror, or with `source=graph` from Graph itself, whose cursors are passed on unchanged. Any other
 * `source` is that of the blocks.
 */
export function readListRequest(request: ApiRequest): ListRequest {
  const query = readQuery(request, 'limit', 'after', 'before', 'fields', 'source', ...FILTERS);
  const page = { ...readTarget(request), limit: readLimit(request), fields: readFields(request) };
  const after = query.get('after');
  const before = query.get('before');
  if (after !== undefined && before !== undefined)
    throw new InvalidRequestError('after: cannot be combined with before');
  const source = query.get('source') ?? 'mirror';
  if (source === 'graph') {
    const filter = FILTERS.find((name) => query.get(name) !== undefined);
    if (filter) throw new InvalidRequestError(`${filter}: cannot be combined with source=graph, which has only ids`);
    return { ...page, after: graphCursor('after', after), before: graphCursor('before', before), source };
  }
  const change = CHANGES.find((known) => known === source);
  if (source !== 'mirror' && !change) {
    throw new InvalidRequestError(`source: must be one of mirror, graph, ${CHANGES.join(', ')}`);
  }
  const filter = readFilter(query, change);
  return { ...page, after: position('after', after), before: position('before', before), source: 'mirror', filter };
}

function graphCursor(name: 'after' | 'before', text: string | undefined): string | undefined {
  if (text === undefined || text.length <= LIMITS.graphCursorCharacters) return text;
  throw new InvalidRequestError(
    `${name}: must have at most ${LIMITS.graphCursorCharacters} characters; no cursor of Graph is longer`,
  );
}

function position(name: 'after' | 'before', text: string | undefined): ListPosition | undefined {
  const [shard, user] = readCursor(listCursor, name, text) ?? [];
  return shard === undefined || user === undefined ? undefined : { shard, user };
}
