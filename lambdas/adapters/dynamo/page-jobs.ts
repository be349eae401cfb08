import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Job } from '../../core/jobs/job.ts';
import type { JobsPage, JobsQuery } from '../../core/ports/job-store.ts';
import { parseJob } from './job-items.ts';
import { keys } from './keys.ts';
import { batchGet, fromItem, type Item, type Table, toItem } from './table.ts';

/** Jobs, newest first. Their ids have a ULID, so the order of keys is the order of time. */
export async function pageJobs(table: Table, page: JobsQuery): Promise<JobsPage> {
  const { phoneNumberId, batchId, after, limit } = page;
  const ofNumber = phoneNumberId !== undefined;
  const pk = ofNumber ? keys.number(phoneNumberId) : keys.jobs;
  const prefix = ofNumber ? keys.jobPrefix : batchId && keys.batchEntries(batchId);
  const place = after === undefined ? undefined : ofNumber ? keys.job(after).sk : keys.jobEntry(after).sk;
  const answer = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: toItem({ ':pk': pk, ':prefix': prefix }),
      ExclusiveStartKey: place === undefined ? undefined : toItem({ pk, sk: place }),
      ScanIndexForward: false,
      // One more item shows whether there is a next page: DynamoDB itself also names a place to continue behind the last
      // item.
      Limit: limit + 1,
    }),
  );
  const found = (answer.Items ?? []).map((item) => fromItem(item));
  const items = found.slice(0, limit);
  // A query also ends at 1 MB.
  const more = found.length > limit || answer.LastEvaluatedKey !== undefined;
  const last = more ? items.at(-1) : undefined;
  const end = last && String(ofNumber ? last.id : last.jobId);
  const jobs = ofNumber ? items.map(parseJob) : await jobsOf(table, items);
  // The id of a job for one number has the same form, but is no batch.
  return { jobs: batchId === undefined ? jobs : jobs.filter((job) => job.batchId === batchId), end };
}

/** The jobs of entries, in their order. If the job of an entry has just expired, the entry is skipped. */
async function jobsOf(table: Table, entries: readonly Item[]): Promise<Job[]> {
  const ids = entries.map(({ jobId }) => String(jobId));
  const found = await batchGet(
    table,
    ids.map((id) => keys.job(id)),
    true,
  );
  const byId = new Map(found.map((item) => [String(item.id), item]));
  return ids.flatMap((id) => {
    const item = byId.get(id);
    return item ? [parseJob(item)] : [];
  });
}
