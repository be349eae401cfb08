import { DynamoNewJobStore } from '../../adapters/dynamo/new-job-store.ts';
import { ProtectedIds } from '../../core/protection/protected-ids.ts';
import { env } from '../env.ts';
import { acceptingDeps } from './accepting-jobs.ts';
import { clock } from './basics.ts';
import { callPolicy } from './graph.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

/** What block and unblock need. */
export const changeUsersDeps = lazily(() => ({
  ...acceptingDeps(),
  jobs: new DynamoNewJobStore(table(), settings),
  protectedIds: new ProtectedIds(acceptingDeps().store, clock),
  listLimit: env('listLimit'),
  policy: callPolicy(),
}));
