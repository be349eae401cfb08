import type { z } from 'zod';
import type { Route, SuccessOf } from '../contract/routes.ts';
import type { ANSWERS } from './answers.ts';
import type { SomeNotChanged } from './change.ts';
import type { Job } from './job.ts';
import type { BlockRequest, CreateJobsRequest, LookupRequest, UnblockRequest, WebhookRequest } from './requests.ts';

const NUMBER = '106540352242922';
const BATCH = '01K3B9R6ZC4M8Q2T5V7W9X1Y3Z';
const OPERATION = '01K3B9QZ4T7N2V5X8Y1Z3B6C9D';
const ACTOR = 'arn:aws:iam::111122223333:role/support';
const RECONCILED_AT = '2026-11-01T11:00:00.000Z';
const AT = '2026-11-01T12:00:00.000Z';
const CURSOR = 'WzMsIjE2NTA1NTUxMjM0Il0';
const messaging_product = 'whatsapp';

const user = { wa_id: '16505551234' };
const block = { blocked: true, state: 'blocked', ...user, blocked_at: AT, reason: 'spam', blocked_by: ACTOR } as const;
const known = { ...block, source: 'api' } as const;
const malformed = {
  message: '(#100) Invalid parameter',
  code: 100,
  error_data: { details: 'Neither a phone number in international format nor a business-scoped user id' },
};
const next = (path: string) => `https://abc123.execute-api.eu-west-1.amazonaws.com/prod${path}?limit=1&after=${CURSOR}`;
const paging = (path: string) => ({ cursors: { before: CURSOR, after: CURSOR }, next: next(path) });

const job: Job = {
  id: `${NUMBER}-${BATCH}`,
  batch_id: BATCH,
  phone_number_id: NUMBER,
  action: 'block',
  status: 'running',
  users: { total: 2_500, succeeded: 998, failed: 2, deferred: 0, remaining: 1_500 },
  chunks: { total: 3, done: 1, failed: 0 },
  created_at: AT,
  started_at: '2026-11-01T12:00:01.000Z',
  requested_by: ACTOR,
  on_behalf_of: 'ana@support',
  reason: 'imported from the support list',
  activity: [{ at: AT, verb: 'created', actor: ACTOR, on_behalf_of: 'ana@support' }],
};

const someFailed: Pick<SomeNotChanged, 'messaging_product' | 'error'> = {
  messaging_product,
  error: {
    message: '(#139100) Failed to block/unblock users',
    type: 'OAuthException',
    code: 139_100,
    error_data: { details: 'Failed to block some users, see block_users.failed_users for each of them' },
    fbtrace_id: 'AYb3mQO7nTRGdGzQe1rHxuA',
  },
};
const done = { input: '+1 650 555 1234', ...user };
const failed = { input: 'call me', errors: [malformed] };

type AnswerExamples = {
  readonly [Name in Route['handler']]: {
    readonly [Status in SuccessOf<Name>]: Status extends keyof (typeof ANSWERS)[Name]
      ? z.infer<Extract<(typeof ANSWERS)[Name][Status], z.ZodType>>
      : never;
  };
};

/** An example of each success of each route. */
export const ANSWER_EXAMPLES: AnswerExamples = {
  blockUsers: {
    200: { messaging_product, block_users: { added_users: [done] } },
    202: { messaging_product, job },
  },
  unblockUsers: {
    200: { messaging_product, block_users: { removed_users: [done] } },
    202: { messaging_product, job: { ...job, action: 'unblock' } },
  },
  listBlockedUsers: {
    200: { data: [{ messaging_product, ...user }], paging: paging(`/v25.0/${NUMBER}/block_users`) },
  },
  getBlockedUser: { 200: { ...known, reconciled_at: RECONCILED_AT } },
  lookupUsers: {
    200: {
      data: [
        { input: '+1 650 555 1234', ...known },
        { input: 'call me', blocked: false, state: 'unknown', errors: [malformed] },
      ],
      reconciled_at: RECONCILED_AT,
    },
  },
  getUserHistory: {
    200: {
      data: [
        {
          at: AT,
          action: 'block',
          outcome: 'succeeded',
          reason: 'spam',
          actor: ACTOR,
          on_behalf_of: 'ana@support',
          source: 'api',
          operation_id: OPERATION,
        },
      ],
      paging: { cursors: { before: CURSOR, after: CURSOR } },
    },
  },
  getBlocklist: {
    200: {
      size: 2_314,
      limit: 64_000,
      remaining: 61_686,
      deferred: 12,
      expiring: 40,
      reconciled_at: RECONCILED_AT,
      drift: { added: 0, removed: 1 },
      running_jobs: 1,
    },
  },
  startReconciliation: { 202: { phone_number_id: NUMBER, status: 'started', reconciled_at: RECONCILED_AT } },
  listOperations: {
    200: {
      data: [
        {
          operation_id: OPERATION,
          at: AT,
          action: 'block',
          source: 'api',
          actor: ACTOR,
          on_behalf_of: 'ana@support',
          reason: 'spam',
          status: 'finished',
          users: 25,
          counts: { succeeded: 24, failed: 1, deferred: 0 },
          duration_ms: 840,
        },
      ],
      paging: paging(`/v25.0/${NUMBER}/operations`),
    },
  },
  listJobs: { 200: { data: [job], paging: { cursors: { after: CURSOR }, next: next('/jobs') } } },
  createJobs: { 202: { batch_id: BATCH, data: [job] } },
  getJob: { 200: job },
  listJobUsers: {
    200: {
      data: [
        { input: '+1 650 555 1234', outcome: 'succeeded', ...user },
        { input: 'call me', outcome: 'failed', code: 100, message: malformed.error_data.details },
      ],
      paging: paging(`/jobs/${job.id}/users`),
    },
  },
  cancelJob: {
    202: {
      ...job,
      cancelled_at: '2026-11-01T12:00:09.000Z',
      cancelled_by: ACTOR,
      activity: [...job.activity, { at: '2026-11-01T12:00:09.000Z', verb: 'cancelled', actor: ACTOR }],
    },
  },
  retryJob: {
    202: {
      ...job,
      retried_at: '2026-11-01T12:10:00.000Z',
      activity: [...job.activity, { at: '2026-11-01T12:10:00.000Z', verb: 'retried', actor: ACTOR }],
    },
  },
  receiveWebhook: { 200: { senders: 1, blocked: 1, waiting: 0, moved: 0, not_followed: [] } },
  getOpenApi: { 200: { openapi: '3.1.1', info: { title: 'WhatsApp blocklist', version: '1' }, paths: {} }, 304: '' },
  health: { 200: { status: 'ok' } },
};

/** Examples of a 400 that has results of users. */
export const PARTIAL_EXAMPLES = {
  blockUsers: { ...someFailed, block_users: { added_users: [done], failed_users: [failed] } },
  unblockUsers: { ...someFailed, block_users: { removed_users: [done], failed_users: [failed] } },
};

const block_users = [{ user: '+1 650 555 1234' }, { user_id: 'US.13491208655302741918' }];
const blockExample: BlockRequest = { messaging_product, block_users, reason: 'spam', expires_in: 3_600 };
const unblockExample: UnblockRequest = { messaging_product, block_users };
const createJobsExample: CreateJobsRequest = {
  action: 'block',
  phone_number_ids: [NUMBER, '106540352242923'],
  block_users,
  reason: 'spam',
};
const lookupExample: LookupRequest = { users: ['+1 650 555 1234', { user_id: 'US.13491208655302741918' }] };
const webhookExample: WebhookRequest = {
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product,
            metadata: { display_phone_number: '15550783881', phone_number_id: NUMBER },
            messages: [
              { from: '16505551234', id: 'wamid.1', timestamp: '1739321024', type: 'text', text: { body: 'Hi' } },
            ],
          },
        },
      ],
    },
  ],
};

/** An example of each body. */
export const REQUEST_EXAMPLES = {
  blockUsers: blockExample,
  unblockUsers: unblockExample,
  createJobs: createJobsExample,
  lookupUsers: lookupExample,
  receiveWebhook: webhookExample,
} as const;
