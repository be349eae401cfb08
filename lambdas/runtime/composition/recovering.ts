import { HOUR_MS } from '../../core/durations.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { attemptDeps } from './attempts.ts';
import { clock } from './basics.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { publishDeps } from './publishing.ts';
import { reconciliations, workflow } from './workflows.ts';

/** What a retry of a job needs. */
export const retryDeps = lazily(() => ({ jobs: jobs(), workflow: workflow(), clock, log }));

/** What the sweep needs. */
export const sweepDeps = lazily(() => ({
  ...attemptDeps(),
  ...publishDeps(),
  workflow: workflow(),
  reconciliations: reconciliations(),
  log,
  jobDeadlineMs: env('jobDeadlineHours') * HOUR_MS,
}));
