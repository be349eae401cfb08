import { LANE_BUDGET_SECONDS } from '../../contract/timeouts.ts';
import { HOUR_MS } from '../../core/durations.ts';
import { ProtectedIds } from '../../core/protection/protected-ids.ts';
import { env } from '../env.ts';
import { attemptDeps } from './attempts.ts';
import { clock } from './basics.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';

/** What a lane and the attempts at its chunks need. */
export const laneDeps = lazily(() => ({
  ...attemptDeps(),
  protectedIds: new ProtectedIds(attemptDeps().store, clock),
  graph: graph(),
  tokens: tokens(),
  graphTimeoutMs: env('graphTimeoutMs'),
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
  laneBudgetMs: LANE_BUDGET_SECONDS * 1_000,
}));
