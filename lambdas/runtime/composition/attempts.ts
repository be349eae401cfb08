import { ulid } from 'ulid';
import { env } from '../env.ts';
import { metrics } from '../metrics.ts';
import { clock } from './basics.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { store } from './store.ts';

/** What ending a chunk or a job needs. */
export const attemptDeps = lazily(() => ({
  store: store(),
  jobs: jobs(),
  clock,
  metrics,
  newId: ulid,
  listLimit: env('listLimit'),
}));
