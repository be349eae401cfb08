import { paths } from '../../../cli/api/paths.ts';
import type { Numbers } from '../../../lambdas/openapi/blocklist.ts';
import { callService } from './call.ts';
import { type Loaded, useLoad } from './use-load.ts';

/** Every number of one page, which is all that most teams have. */
const PAGE = 1_000;

export function useNumbers(everyMs?: number): Loaded<Numbers> {
  return useLoad(
    'numbers',
    (signal) => callService<Numbers>({ path: paths.numbers, query: { limit: PAGE }, signal }),
    () => everyMs,
  );
}
