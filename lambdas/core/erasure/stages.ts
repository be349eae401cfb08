import { isAlias, type MirrorItem } from '../users/mirror.ts';

type ByNumber = ReadonlyMap<string, ReadonlyMap<string, MirrorItem>>;

/** Whether an id of the person is stored as one that another user had before. */
export function isOfMover(own: ReadonlySet<string>, id: string, stored: MirrorItem): boolean {
  return isAlias(stored) && stored.isPreviousId === true && own.has(id) && !own.has(stored.aliasOf);
}

/**
 * The numbers in the order in which the person is erased, each part after the one before it is done: a request that ends
 * halfway is repeated with what is left. So it is first recorded that a user who had the id before is not meant. The numbers
 * that know the id that was asked for come last, since the person's other ids may be found only there.
 */
export function inStages(
  phoneNumberIds: readonly string[],
  { id, ids }: { readonly id: string; readonly ids: readonly string[] },
  items: ByNumber,
): readonly (readonly string[])[] {
  const own = new Set(ids);
  const stageOf = (phoneNumberId: string) => {
    const stored = items.get(phoneNumberId) ?? new Map<string, MirrorItem>();
    if ([...stored].some(([one, item]) => isOfMover(own, one, item))) return 0;
    return stored.has(id) ? 2 : 1;
  };
  const stages: string[][] = [[], [], []];
  for (const phoneNumberId of phoneNumberIds) stages[stageOf(phoneNumberId)]?.push(phoneNumberId);
  return stages;
}
