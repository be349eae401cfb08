import { z } from 'zod';
import { LIMITS } from '../contract/limits.ts';
import type { Route } from '../contract/routes.ts';
import { job, jobUser } from './job.ts';
import { line } from './requests.ts';
import { listedUser } from './user.ts';
import { batchId, jobId, phoneNumberId } from './values.ts';

/** Parameters by their names; each may be left out, unless it is in the path. */
export type Parameters = Readonly<Record<string, z.ZodType>>;

export const PATH_PARAMETERS: Parameters = {
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d{1,3}$/)
    .describe('Version of Graph that is called')
    .meta({ example: 'v25.0' }),
  phoneNumberId: phoneNumberId.meta({ example: '106540352242922' }),
  user: z
    .string()
    .min(1)
    .describe('A phone number with `+` (as `%2B`) or without, a `wa_id`, or a BSUID')
    .meta({ example: '16505551234' }),
  id: jobId.describe('Id of a job').meta({ example: '106540352242922-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z' }),
};

const limit = z.int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize).describe('Items of a page');
const after = z.string().min(1).describe('`paging.cursors.after` of the page before');
const moment = z.string().min(1).meta({ example: '2026-11-01' });

export const QUERY_PARAMETERS = {
  listBlockedUsers: {
    limit,
    after: after.describe('`paging.cursors.after` of the page before; not together with `before`'),
    before: z.string().min(1).describe('`paging.cursors.before` of the page behind'),
    fields: z
      .array(listedUser.keyof())
      .min(1)
      .describe("Fields of each item; Graph's own without it. The id of the user is always there"),
    source: z
      .enum(['mirror', 'graph'])
      .default('mirror')
      .describe('`graph` asks Graph itself, whose cursors break when the list changes (code 139102)'),
  },
  blockUsers: {},
  unblockUsers: {},
  lookupUsers: {},
  getBlockedUser: {},
  getUserHistory: { limit, after },
  getBlocklist: {},
  startReconciliation: {},
  listOperations: {
    since: moment.describe('A time with its offset, or a day in UTC; inclusive'),
    until: moment.describe('A time with its offset, or a day in UTC, which means its end; inclusive'),
    actor: z.string().min(1).describe('Who did it: the whole ARN, or `api-key/<name>`'),
    after,
    limit,
  },
  listJobs: {
    phone_number_id: phoneNumberId,
    batch_id: batchId,
    status: job.shape.status,
    after,
    limit,
  },
  createJobs: {},
  getJob: {},
  listJobUsers: { limit, after, outcome: jobUser.shape.outcome },
  cancelJob: {},
  retryJob: {},
  receiveWebhook: {},
  getOpenApi: {},
  health: {},
} satisfies { readonly [Handler in Route['handler']]: Parameters };

const onBehalfOf = line
  .max(LIMITS.onBehalfOfCharacters)
  .describe('The person or service that the caller acts for. It is recorded beside the caller, never instead of it');
const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(LIMITS.idempotencyKeyCharacters)
  .describe(
    'For what becomes a job: the same key, caller, `X-On-Behalf-Of` and body give the same job for 24 hours. Another body with the key is refused with 409',
  );
const prefer = z
  .string()
  .describe('`respond-async` makes a job of a request of any size')
  .meta({ example: 'respond-async' });

/** Of every route that changes something, and of those that have more. */
const CHANGING: Parameters = { 'X-On-Behalf-Of': onBehalfOf };
const CHANGING_USERS: Parameters = { ...CHANGING, 'Idempotency-Key': idempotencyKey, Prefer: prefer };
export const REQUEST_HEADERS: Readonly<Partial<Record<Route['handler'], Parameters>>> = {
  getOpenApi: {
    'If-None-Match': z.string().describe('`ETag` of the document that the caller has').meta({ example: '"cyF6m0…"' }),
  },
  blockUsers: CHANGING_USERS,
  unblockUsers: CHANGING_USERS,
  createJobs: { ...CHANGING, 'Idempotency-Key': idempotencyKey },
  cancelJob: CHANGING,
  retryJob: CHANGING,
  startReconciliation: CHANGING,
  receiveWebhook: {
    ...CHANGING,
    'X-Hub-Signature-256': z
      .string()
      .describe("Meta's signature of the body, unchanged. Without a verified one no change of identity is followed")
      .meta({ example: 'sha256=2f5b1c3d…' }),
  },
};
