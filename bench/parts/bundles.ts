import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildHandler } from '../environment/build-handlers.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

/** The bundle of every function, as it is deployed. */
export async function measureBundles(): Promise<Result[]> {
  const handlers = readdirSync(join(import.meta.dirname, '../../lambdas/handlers')).map((file) => file.slice(0, -3));
  const bundles = await Promise.all(
    handlers.map(async (handler) => ({ handler, kb: (await buildHandler(handler)).bytes / 1000 })),
  );
  const [largest, ...others] = bundles.sort((a, b) => b.kb - a.kb);
  const smallest = others.at(-1);
  if (!largest || !smallest) throw new Error('There are no handlers');
  const detail = `${largest.handler}; of ${bundles.length}, the smallest is ${smallest.handler} with ${smallest.kb.toFixed(0)} KB`;
  return [result(THRESHOLDS.bundle, largest.kb, detail)];
}
