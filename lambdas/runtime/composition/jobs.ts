import { DynamoJobStore } from '../../adapters/dynamo/job-store.ts';
import { lazily } from './lazily.ts';
import { settings, table } from './table.ts';

export const jobs = lazily(() => new DynamoJobStore(table(), settings));
