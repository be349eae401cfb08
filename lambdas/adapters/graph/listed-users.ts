import * as z from 'zod/mini';
import type { ListedUser } from '../../core/ports/services.ts';
import { type AnsweredUser, listItem } from './answer-schemas.ts';
import { unreadableList } from './graph-errors.ts';
import { graphNames } from './names.ts';

/** A list, or the only item of one. */
const listData = z.union([z.array(z.unknown()), z.looseObject({})]);

/** The users of a page, in any of the known layouts. Throws if an item names nobody: an omitted user would look unblocked. */
export function listedUsers(data: unknown): ListedUser[] {
  const items = listData.safeParse(data);
  if (!items.success) throw unreadableList('it is in a layout that this service does not know');
  const all: readonly unknown[] = Array.isArray(items.data) ? items.data : [items.data];
  return all.flatMap((item, index) => {
    const users = answeredUsers(item)?.map(listedUserOf);
    if (users?.every((user) => user !== undefined)) return users;
    throw unreadableList(`item ${index + 1} of a page names nobody whom this service can read`);
  });
}

/** One user, or those of its `block_users`, which may be empty. */
function answeredUsers(item: unknown): AnsweredUser[] | undefined {
  const { data } = listItem.safeParse(item);
  if (!data) return undefined;
  const { block_users: inner, ...own } = data;
  if (!inner) return [own];
  return own.wa_id || own.user_id || own.user ? [own, ...inner] : inner;
}

function listedUserOf({ wa_id, user_id, user }: AnsweredUser): ListedUser | undefined {
  const { waId, userId } = graphNames(wa_id, user_id, user) ?? {};
  if (waId !== undefined) return { waId, userId };
  return userId === undefined ? undefined : { userId };
}
