import type { Answer } from './answer.ts';
import type { BlockList } from './block-list.ts';
import { decodeCursor, encodeCursor } from './cursors.ts';
import { idsOf, names } from './dialects.ts';
import type { GraphError } from './graph-errors.ts';
import type { NumberRules, Options } from './options.ts';
import type { UserFacts } from './user-facts.ts';

export interface ListRequest {
  url: URL;
  options: Options;
  rules: NumberRules;
  list: BlockList;
  facts: UserFacts;
}

/** One page of a list, or the error that refuses the request. A cursor of another version of the list is refused. */
export function listUsers(request: ListRequest): Answer | GraphError {
  const { url, options, list } = request;
  const asked = url.searchParams.get('limit') ?? String(options.defaultPageSize);
  if (!/^[1-9]\d{0,8}$/.test(asked)) return { code: 100, text: 'Param limit must be an integer greater than zero' };
  const limit = Math.min(Number(asked), options.pageSizeCap);
  const after = url.searchParams.get('after');
  const before = url.searchParams.get('before');
  if (after !== null && before !== null) return { code: 100, text: 'Give one of the params after and before' };

  let start = 0;
  let length = limit;
  const text = after ?? before;
  if (text !== null) {
    const cursor = decodeCursor(text);
    if (cursor === undefined) return { code: 100, text: 'Invalid cursor' };
    if (cursor.version !== list.version) return { code: 139102 };
    start = after !== null ? cursor.offset : Math.max(0, cursor.offset - limit);
    if (before !== null) length = cursor.offset - start;
  }
  const users = list.page(start, length);
  const data = itemsOf(users, request);
  const paging = users.length === 0 ? undefined : pagingOf(request, { start, length: users.length, limit });
  return { status: 200, body: { data, ...(paging === undefined ? {} : { paging }) }, userCount: users.length };
}

function itemsOf(users: readonly string[], { rules, facts }: ListRequest): Record<string, unknown>[] {
  const idsOfUser = (user: string) => (facts.isListedWithoutId(user) ? {} : idsOf(user, rules));
  if (rules.listLayout === 'flat') return users.map((user) => rules.dialect.listItem(idsOfUser(user)));
  if (users.length === 0) return [];
  return [{ block_users: users.map((user) => names({ input: facts.inputOf(user), ...idsOfUser(user) })) }];
}

interface Page {
  start: number;
  length: number;
  limit: number;
}

function pagingOf({ url, options, list }: ListRequest, { start, length, limit }: Page) {
  const { version } = list;
  const end = start + length;
  const isLast = end >= list.size;
  const beforeCursor = encodeCursor({ offset: start, version });
  const afterCursor = encodeCursor({ offset: isLast && options.endOfList === 'repeated-after' ? start : end, version });
  const cursors = isLast && options.endOfList === 'no-after' ? {} : { after: afterCursor };
  const link = (cursor: Record<string, string>) =>
    `${url.origin}${url.pathname}?${new URLSearchParams({ limit: String(limit), ...cursor })}`;
  return {
    cursors: { ...cursors, before: beforeCursor },
    ...(options.pagingLinks && !isLast ? { next: link({ after: afterCursor }) } : {}),
    ...(options.pagingLinks && start > 0 ? { previous: link({ before: beforeCursor }) } : {}),
  };
}
