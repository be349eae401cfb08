import { ulid } from 'ulid';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { clock } from './basics.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';
import { workflow } from './workflows.ts';

/** What a revert of a job needs. */
export const revertDeps = lazily(() => ({
  store: store(),
  jobs: jobs(),
  workflow: workflow(),
  log,
  clock,
  newId: ulid,
  tombstoneDays: env('tombstoneDays'),
  openJobLimits: { perNumber: env('openJobsPerNumber'), perCaller: env('openJobsPerCaller') },
}));
