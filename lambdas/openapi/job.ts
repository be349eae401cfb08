import { z } from 'zod';
import * as values from './values.ts';

const { time, count, actor, onBehalfOf } = values;

/** A job and its progress. */
export const job = z
  .strictObject({
    id: values.jobId,
    batch_id: values.batchId.optional(),
    phone_number_id: values.phoneNumberId,
    action: values.action,
    status: z
      .enum(['queued', 'running', 'succeeded', 'partially_failed', 'failed', 'cancelled'])
      .describe('The last four are final until a retry'),
    users: z
      .strictObject({ total: count, succeeded: count, failed: count, deferred: count, remaining: count })
      .describe('Distinct users and malformed entries'),
    chunks: z
      .strictObject({ total: count, done: count, failed: count })
      .describe('Parts of the job that are sent one by one'),
    created_at: time,
    started_at: time.optional(),
    finished_at: time.optional(),
    retried_at: time.optional().describe('When the present run was asked for, if it is not the first'),
    cancelled_at: time.optional(),
    cancelled_by: actor.optional(),
    requested_by: actor,
    on_behalf_of: onBehalfOf.optional(),
    reason: values.reason.optional(),
    reason_code: values.reasonCode.optional(),
    estimated_seconds_left: count
      .optional()
      .describe('Of a running job: how long it still takes at its pace so far. Absent while nothing is known'),
    expires_at: values.expiresAt.optional(),
    defer: z.literal(true).optional(),
    reverts: values.jobId.optional().describe('The job whose changes this one undoes'),
    reverted_by: values.jobId.optional().describe('The job that undoes the changes of this one'),
    error: z
      .strictObject({ code: values.code, message: z.string() })
      .optional()
      .describe('Why the job ended before all of its users were sent'),
    activity: z
      .array(
        z.strictObject({
          at: time,
          verb: z.enum(['created', 'cancelled', 'retried', 'reverted']),
          actor,
          on_behalf_of: onBehalfOf.optional(),
        }),
      )
      .describe('Who asked for what, oldest first'),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof job>;

export const createdJobs = z.strictObject({ batch_id: values.batchId, data: z.array(job) }).meta({ id: 'CreatedJobs' });
export type CreatedJobs = z.infer<typeof createdJobs>;

export const jobs = z
  .strictObject({
    batch_id: values.batchId.optional().describe('The `batch_id` that was asked for'),
    data: z.array(job),
    paging: values.paging,
  })
  .meta({ id: 'Jobs' });
export type Jobs = z.infer<typeof jobs>;

export const jobUser = z
  .strictObject({
    input: values.shownInput,
    outcome: z.enum(['succeeded', 'failed', 'deferred']),
    wa_id: values.waId.optional(),
    user_id: values.userId.optional(),
    code: values.code.optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'JobUser' });
export type JobUser = z.infer<typeof jobUser>;

export const jobUsers = z.strictObject({ data: z.array(jobUser), paging: values.paging }).meta({ id: 'JobUsers' });
export type JobUsers = z.infer<typeof jobUsers>;
