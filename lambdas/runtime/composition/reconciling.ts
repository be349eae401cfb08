import { RECONCILE_FUNCTION_TIMEOUT_SECONDS } from '../../contract/timeouts.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { attemptDeps } from './attempts.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';

/** Milliseconds in which one page of Graph's list must be there, with its retries, where nobody waits. */
const PAGE_BUDGET_MS = 90_000;
const PAGE_ATTEMPTS = 4;
/** Of the time that an attempt at numbers may run, what is left to it. */
const PASS_MS = (RECONCILE_FUNCTION_TIMEOUT_SECONDS - 30) * 1000;

/** What reconciling numbers needs. */
export const reconcileDeps = lazily(() => ({
  ...attemptDeps(),
  graph: graph(),
  tokens: tokens(),
  policy: { timeoutMs: env('graphTimeoutMs'), budgetMs: PAGE_BUDGET_MS, attempts: PAGE_ATTEMPTS },
  budgetMs: PASS_MS,
  log,
}));
