import { ulid } from 'ulid';
import { ProtectedIds } from '../../core/protection/protected-ids.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { clock, sha256 } from './basics.ts';
import { callPolicy, graph, tokens } from './graph.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { users } from './users.ts';
import { workflow } from './workflows.ts';

/** What accepting jobs for several numbers needs. */
export const createJobsDeps = lazily(() => ({
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
  ...createJobsDeps(),
  protectedIds: new ProtectedIds(users(), clock),
  listLimit: env('listLimit'),
  policy: callPolicy(),
}));
