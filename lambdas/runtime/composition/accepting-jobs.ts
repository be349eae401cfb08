import { ulid } from 'ulid';
import { ProtectedIds } from '../../core/protection/protected-ids.ts';
import { env } from '../env.ts';
import { log } from '../logger.ts';
import { metrics } from '../metrics.ts';
import { clock, sha256 } from './basics.ts';
import { graph, tokens } from './graph.ts';
import { lazily } from './lazily.ts';
import { users } from './users.ts';
import { workflow } from './workflows.ts';

/** What accepting a job, or planning one, needs besides the store of jobs. */
export const acceptingDeps = lazily(() => ({
  store: users(),
  graph: graph(),
  tokens: tokens(),
  workflow: workflow(),
  log,
  metrics,
  clock,
  newId: ulid,
  hash: sha256,
  protectedIds: new ProtectedIds(users(), clock),
  chunkSize: env('chunkSize'),
  listLimit: env('listLimit'),
  openJobLimits: { perNumber: env('openJobsPerNumber'), perCaller: env('openJobsPerCaller') },
}));
