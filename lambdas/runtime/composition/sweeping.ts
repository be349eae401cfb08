import { HOUR_MS } from '../../core/durations.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { attemptDeps } from './attempts.ts';
import { lazily } from './lazily.ts';
import { publishDeps } from './publishing.ts';
import { reconciliations, workflow } from './workflows.ts';

/** What the sweep needs. */
export const sweepDeps = lazily(() => ({
  ...attemptDeps(),
  ...publishDeps(),
  workflow: workflow(),
  reconciliations: reconciliations(),
  log,
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));
