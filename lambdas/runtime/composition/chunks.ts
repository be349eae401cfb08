import { HOUR_MS } from '../../core/durations.ts';
import { env } from '../env.ts';
import { attemptDeps } from './attempts.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';

/** What an attempt at a chunk needs. */
export const chunkDeps = lazily(() => ({
  ...attemptDeps(),
  graph: graph(),
  tokens: tokens(),
  listLimit: env('listLimit'),
  graphTimeoutMs: env('graphTimeoutMs'),
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));
