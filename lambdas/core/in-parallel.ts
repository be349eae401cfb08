import { allEnded } from './all-ended.ts';

/**
 * Runs `work` on every item, `atOnce` of them at the same time. After a failure nothing is begun any more, and what was begun
 * is awaited.
 */
export async function inParallel<T>(
  all: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const open = [...all];
  const worker = async () => {
    try {
      for (let item = open.shift(); item !== undefined; item = open.shift()) await work(item);
    } catch (error) {
      open.length = 0;
      throw error;
    }
  };
  await allEnded(Array.from({ length: Math.min(atOnce, open.length) }, worker));
}
