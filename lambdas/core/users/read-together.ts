import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { MirrorItem } from './mirror.ts';

type ByNumber = ReadonlyMap<string, ReadonlyMap<string, MirrorItem>>;

/**
 * Reads of users that are asked for at the same moment are made together, so that one user is found on thousands of numbers
 * in a few rounds of large reads.
 */
export function readTogether(
  store: Pick<BlocklistStore, 'getUsersOfNumbers'>,
  consistent = false,
): Pick<BlocklistStore, 'getUsers'> {
  let wanted = new Map<string, Set<string>>();
  let reading: Promise<ByNumber> | undefined;
  const read = () => {
    const all = new Map([...wanted].map(([phoneNumberId, ids]) => [phoneNumberId, [...ids]] as const));
    wanted = new Map();
    reading = undefined;
    return store.getUsersOfNumbers(all, consistent);
  };
  return {
    async getUsers(phoneNumberId, ids) {
      const ofNumber = wanted.get(phoneNumberId) ?? new Set();
      for (const id of ids) ofNumber.add(id);
      wanted.set(phoneNumberId, ofNumber);
      reading ??= Promise.resolve().then(read);
      const found = (await reading).get(phoneNumberId);
      return new Map(
        ids.flatMap((id) => {
          const item = found?.get(id);
          return item ? [[id, item] as const] : [];
        }),
      );
    },
  };
}
