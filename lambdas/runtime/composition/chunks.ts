import { env } from '../env.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { passDeps } from './passes.ts';

const HOUR_MS = 60 * 60 * 1000;

/** What a pass over a chunk needs. */
export const chunkDeps = lazily(() => ({
  ...passDeps(),
  graph: graph(),
  tokens: tokens(),
  listLimit: env('listLimit'),
  graphTimeoutMs: env('graphTimeoutMs'),
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));
