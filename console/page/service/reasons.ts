import { createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import { paths } from '../../../cli/api/paths.ts';
import type { Numbers } from '../../../lambdas/openapi/blocklist.ts';
import { callService } from './call.ts';
import { type Loaded, useLoad } from './use-load.ts';

/** What this deployment takes as the reason of a change. */
export interface ReasonRules {
  /** The codes that it knows; undefined as long as that is not known itself. The service then says whether it knows a code. */
  readonly codes: readonly string[] | undefined;
  /** What every change must have. */
  readonly required: Numbers['require_reason'];
}

const UNKNOWN: ReasonRules = { codes: undefined, required: 'none' };

export const Rules = createContext<Loaded<Numbers> | undefined>(undefined);

/** Asks once for what holds as long as the console is open. */
export function useLoadedRules(): Loaded<Numbers> {
  return useLoad('reasons', (signal) => callService<Numbers>({ path: paths.numbers, query: { limit: 1 }, signal }));
}

/** What a form may offer and must ask for. If it could not be found out before, it is asked for again. */
export function useReasonRules(): ReasonRules {
  const loaded = useContext(Rules);
  useEffect(() => {
    if (loaded?.state === 'failed') loaded.reload();
  }, []);
  if (loaded?.state !== 'ready') return UNKNOWN;
  const { reason_codes: codes, require_reason: required } = loaded.data;
  return { codes, required };
}
