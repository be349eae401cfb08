import { DynamoJobStore } from '../../adapters/dynamo/job-store.ts';
import { clock } from './basics.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

export const jobs = lazily(() => new DynamoJobStore(table(), settings));

/** What reading jobs with their progress needs. */
export const readJobsDeps = lazily(() => ({ jobs: jobs(), clock }));
