import { settleAll } from './settle-all.ts';

/**
 * Runs `work` on every item, `atOnce` of them at the same time. After a failure it starts no further item, and waits for
 * those that it started.
 */
export async function mapConcurrent<T>(
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
  await settleAll(Array.from({ length: Math.min(atOnce, open.length) }, worker));
}
