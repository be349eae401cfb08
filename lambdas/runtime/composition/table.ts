import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { JobStoreSettings } from '../../adapters/dynamo/new-job-store.ts';
import type { Retention } from '../../adapters/dynamo/retention.ts';
import type { Table } from '../../adapters/dynamo/table.ts';
import { MINUTE_MS } from '../../core/durations.ts';
import { env } from '../env.ts';
import { AWS_CLIENT } from './aws-client.ts';
import { lazily } from './lazily.ts';

export const tableNamed = (name: string): Table => ({ client: dynamoDb(), name });

export const table = lazily(() => tableNamed(env('tableName')));

/** The chain of steps of a call is made once, and not for each of the 52 calls of 1,000 users. */
const dynamoDb = () => new DynamoDBClient({ ...AWS_CLIENT, cacheMiddleware: true });

/** Read only for a write: a function that only reads has no retention settings. */
export const settings: Retention & JobStoreSettings = {
  get auditDays() {
    return env('auditRetentionDays');
  },
  get jobDays() {
    return env('jobRetentionDays');
  },
  get tombstoneDays() {
    return env('tombstoneDays');
  },
  get jobIdleMs() {
    return env('jobIdleMinutes') * MINUTE_MS;
  },
};
