import { RECONCILE_FUNCTION_TIMEOUT_SECONDS } from '../../contract/timeouts.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { attemptDeps } from './attempts.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';

/** Milliseconds for one page of Graph's list, with its retries, if no caller waits. */
const PAGE_BUDGET_MS = 90_000;
const PAGE_ATTEMPTS = 4;
/** The part of the function's time that an attempt may use. */
const PASS_MS = (RECONCILE_FUNCTION_TIMEOUT_SECONDS - 30) * 1000;

/** What reconciling numbers needs. */
export const reconcileDeps = lazily(() => ({
  ...attemptDeps(),
  graph: graph(),
  tokens: tokens(),
  policy: { timeoutMs: env('graphTimeoutMs'), budgetMs: PAGE_BUDGET_MS, attempts: PAGE_ATTEMPTS },
  budgetMs: PASS_MS,
  eventUsers: env('eventUsers'),
  log,
}));
