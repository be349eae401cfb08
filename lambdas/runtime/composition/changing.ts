import { ulid } from 'ulid';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { clock, sha256 } from './basics.ts';
import { callPolicy, graph, tokens } from './graph.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { users } from './users.ts';
import { workflow } from './workflows.ts';

/** What accepting jobs needs. */
export const createJobDeps = lazily(() => ({
  store: users(),
  jobs: jobs(),
  graph: graph(),
  tokens: tokens(),
  workflow: workflow(),
  log,
  clock,
  newId: ulid,
  hash: sha256,
  chunkSize: env('chunkSize'),
  openJobLimits: { perNumber: env('openJobsPerNumber'), perCaller: env('openJobsPerCaller') },
}));

/** What block and unblock need. */
export const changeUsersDeps = lazily(() => ({
  ...createJobDeps(),
  listLimit: env('listLimit'),
  policy: callPolicy(),
}));
