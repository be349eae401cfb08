import { LIMITS } from '../contract/limits.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { ListPosition } from '../core/ports/blocklist-store.ts';
import { type ApiRequest, readLimit, readQuery, readTarget } from './api-request.ts';
import { listCursor, readCursor } from './cursor.ts';
import { type Field, readFields } from './fields.ts';

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
  | (Page<ListPosition> & { readonly source: 'mirror' });

/** `GET …/block_users`: from the mirror, or with `source=graph` from Graph itself, whose cursors are passed on unchanged. */
export function readListRequest(request: ApiRequest): ListRequest {
  const query = readQuery(request, 'limit', 'after', 'before', 'fields', 'source');
  const page = { ...readTarget(request), limit: readLimit(request), fields: readFields(request) };
  const after = query.get('after');
  const before = query.get('before');
  if (after !== undefined && before !== undefined)
    throw new InvalidRequestError('after: cannot be combined with before');
  const source = query.get('source') ?? 'mirror';
  if (source === 'graph')
    return { ...page, after: graphCursor('after', after), before: graphCursor('before', before), source };
  if (source !== 'mirror') throw new InvalidRequestError('source: must be mirror or graph');
  return { ...page, after: position('after', after), before: position('before', before), source };
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
