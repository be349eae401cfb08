import { handlersOf } from '../../lambdas/contract/functions.ts';
import { buildHandler } from '../environment/build-handlers.ts';
import { type Result, result, THRESHOLDS } from '../thresholds.ts';

/** The bundle of every function, as it is deployed: each is one file, which is all that the function loads. */
export async function measureBundles(): Promise<Result[]> {
  const kb = async (handler: string) => (await buildHandler(handler)).bytes / 1000;
  const all = await Promise.all(handlersOf().map(async (handler) => ({ handler, kb: await kb(handler) })));
  const [least, most] = [all.sort((a, b) => a.kb - b.kb)[0], all.at(-1)].map(
    (one) => `${one?.handler} with ${one?.kb.toFixed(0)} KB`,
  );
  const detail = `of ${all.length} functions, the largest is ${most}, the smallest ${least}`;
  return [result(THRESHOLDS.bundle, await kb('block-users'), detail)];
}
