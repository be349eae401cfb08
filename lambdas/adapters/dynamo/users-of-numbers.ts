import type { MirrorItem } from '../../core/users/mirror.ts';
import { keys } from './keys.ts';
import { parseMirrorItem } from './mirror-item.ts';
import { batchGet, type Table } from './table.ts';

/** Items of many numbers, a hundred in one call. */
export async function getUsersOfNumbers(
  table: Table,
  wanted: ReadonlyMap<string, readonly string[]>,
  consistent: boolean,
): Promise<Map<string, Map<string, MirrorItem>>> {
  const all = [...wanted].flatMap(([phoneNumberId, ids]) =>
    [...new Set(ids)].map((id) => keys.user(phoneNumberId, id)),
  );
  const found = new Map<string, Map<string, MirrorItem>>();
  for (const item of await batchGet(table, all, consistent)) {
    const phoneNumberId = keys.numberOfUser(String(item.pk));
    const ofNumber = found.get(phoneNumberId) ?? new Map<string, MirrorItem>();
    found.set(phoneNumberId, ofNumber.set(keys.userOf(String(item.sk)), parseMirrorItem(item)));
  }
  return found;
}
