import { DynamoNumbersStore } from '../../adapters/dynamo/numbers-store.ts';
import { acceptingDeps } from './accepting-jobs.ts';
import { jobs } from './jobs.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

/** What creating jobs for several numbers, or for all of them, needs. */
export const createJobsDeps = lazily(() => ({
  ...acceptingDeps(),
  store: new DynamoNumbersStore(table(), settings),
  jobs: jobs(),
}));
