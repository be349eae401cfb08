import { DynamoNewJobStore } from '../../adapters/dynamo/new-job-store.ts';
import { acceptingDeps } from './accepting-jobs.ts';
import { callPolicy } from './graph.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

/** What block and unblock need. */
export const changeUsersDeps = lazily(() => ({
  ...acceptingDeps(),
  jobs: new DynamoNewJobStore(table(), settings),
  policy: callPolicy(),
}));
