import { TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS } from '../../contract/timeouts.ts';
import { env } from '../env.ts';
import { metrics } from '../metrics.ts';
import { clock } from './basics.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** The part of the check's time in which it may call Graph. */
const BUDGET_MS = (TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS - 30) * 1000;
/** Pauses double from a second, so that Graph may be down for a minute without a false alarm. */
const ATTEMPTS = 7;

/** What the check of the tokens needs. */
export const tokenDeps = lazily(() => ({
  store: store(),
  graph: graph(),
  tokens: tokens(),
  clock,
  metrics,
  policy: { timeoutMs: env('graphTimeoutMs'), budgetMs: BUDGET_MS, attempts: ATTEMPTS, patient: true },
  warningDays: env('tokenWarningDays'),
}));
