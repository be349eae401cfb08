import { z } from 'zod';
import { DEFAULT_REASON_CODES } from '../contract/reasons.ts';
import { blocklist, numbers, reconciliation } from './blocklist.ts';
import { accepted, blocked, someNotBlocked, someNotUnblocked, unblocked } from './change.ts';
import { answer, body, type DocumentedRoute, type DocumentedRoutes } from './documented-route.ts';
import { dryRun } from './dry-run.ts';
import { receipt } from './erasure.ts';
import * as examples from './examples.ts';
import { createdJobs, job, jobs, jobUser, jobUsers } from './job.ts';
import { type Key, key, keys, keyWithSecret } from './key.ts';
import { operations } from './operation.ts';
import { after, CHANGING, CHANGING_USERS, limit, MAKING_JOBS, moment } from './parameters.ts';
import { oneProtected, protectedUsers, protection, unprotected } from './protection.ts';
import * as requests from './requests.ts';
import { health, openApi } from './service.ts';
import { history, historyEverywhere, list, listedUser, lookup, user, userEverywhere } from './user.ts';
import { batchId, phoneNumberId, reasonCode, source } from './values.ts';
import { received } from './webhook.ts';

const { NUMBER, ACTOR, AT, CURSOR, RECONCILED_AT, messaging_product, block_users, done, failed } = examples;

const FIELDS_ANYWHERE =
  'The fields may also be sent as a form, with lists as JSON text, or in the query. Each field is sent in one place.';
const DRY_RUN =
  'With `dry_run`, nothing is called or changed; the answer is 200 and says what would happen, for lists of any size.';
const MAY_BE_SHORT = 'A page may be short, or empty, and have a `next`.';
const A_DAY_STARTS = 'A time with its offset, or a day, which means its start in UTC';
const recordedCode = reasonCode.describe('A code that is recorded, even if it is no longer configured');
const ONLY_SIGNED = 'Only for signed callers, and only if the stack has callers with keys.';
const OF_A_JOB: Pick<DocumentedRoute, 'tag' | 'headers'> = { tag: 'Jobs', headers: CHANGING };

const { expires_at: _, ...keyWithoutEnd } = examples.key;
const REVOKED: Key = {
  ...keyWithoutEnd,
  status: 'revoked',
  secrets: [],
  revoked_at: '2026-11-08T12:00:00.000Z',
  revoked_by: ACTOR,
  activity: [...examples.key.activity, { at: '2026-11-08T12:00:00.000Z', verb: 'revoked', actor: ACTOR }],
};

/** What the document says of each route, by its function. Paths, methods and scopes are in the table of routes. */
export const ROUTES: DocumentedRoutes = {
  blockUsers: {
    tag: 'Blocklist',
    summary: 'Block users',
    description: `Up to 1,000 distinct users are blocked while the caller waits. More become a job: the answer is 202. ${DRY_RUN} ${FIELDS_ANYWHERE}`,
    headers: CHANGING_USERS,
    request: body(requests.blockRequest, { messaging_product, block_users, reason_code: 'spam', expires_in: 3_600 }),
    answers: {
      200: answer(blocked.or(dryRun).meta({ id: 'BlockAnswer' }), {
        messaging_product,
        block_users: { added_users: [done] },
      }),
      202: answer(accepted, { messaging_product, job: examples.job }, ['Location', 'Preference-Applied']),
    },
    partialFailure: body(someNotBlocked, {
      ...examples.someFailed,
      block_users: { added_users: [done], failed_users: [failed] },
    }),
    refusals: [404, 409],
  },
  unblockUsers: {
    tag: 'Blocklist',
    summary: 'Unblock users',
    description: `Up to 1,000 distinct users are unblocked while the caller waits. More become a job: the answer is 202. ${DRY_RUN} ${FIELDS_ANYWHERE}`,
    headers: CHANGING_USERS,
    request: body(requests.unblockRequest, { messaging_product, block_users }),
    answers: {
      200: answer(unblocked.or(dryRun).meta({ id: 'UnblockAnswer' }), {
        messaging_product,
        block_users: { removed_users: [done] },
      }),
      202: answer(accepted, { messaging_product, job: { ...examples.job, action: 'unblock' } }, [
        'Location',
        'Preference-Applied',
      ]),
    },
    partialFailure: body(someNotUnblocked, {
      ...examples.someFailed,
      block_users: { removed_users: [done], failed_users: [failed] },
    }),
    refusals: [404, 409],
  },
  listBlockedUsers: {
    tag: 'Blocklist',
    summary: 'List blocked users',
    description: `From the mirror, with cursors that other changes do not break. Parameters that choose among the users must all hold, and cannot be combined with \`source=graph\`. With one of them, a page may be short, or empty, and have a \`next\`.`,
    query: {
      limit,
      after: after.describe('`paging.cursors.after` of the page before; not together with `before`'),
      before: z.string().min(1).describe('`paging.cursors.before` of the page behind'),
      fields: z
        .array(listedUser.keyof())
        .min(1)
        .describe("Fields of each item; Graph's own without it. The id of the user is always there"),
      source: z
        .enum(['mirror', 'graph', ...source.options])
        .default('mirror')
        .describe(
          '`graph` asks Graph itself, whose cursors break when the list changes (code 139102). Any other but `mirror` lists the blocks with that source',
        ),
      reason_code: recordedCode,
      blocked_by: z.string().min(1).describe('Who asked for the block: the whole `blocked_by`'),
      expires_before: moment.describe(`Blocks that end by themselves before this time. ${A_DAY_STARTS}`),
      blocked_after: moment.describe(`Blocks that began at this time or later. ${A_DAY_STARTS}`),
      blocked_before: moment.describe(`Blocks that began before this time. ${A_DAY_STARTS}`),
    },
    answers: {
      200: answer(
        list,
        {
          data: [{ messaging_product, ...examples.user }],
          paging: examples.paging(`/v25.0/${NUMBER}/block_users`),
        },
        ['x-blocklist-reconciled-at'],
      ),
    },
  },
  getBlockedUser: {
    tag: 'Look up',
    summary: 'Is this user blocked?',
    answers: { 200: answer(user, { ...examples.known, reconciled_at: RECONCILED_AT }) },
  },
  lookupUsers: {
    tag: 'Look up',
    summary: 'Which of these users are blocked?',
    description: 'Up to 1,000 users: the check before sending.',
    request: body(requests.lookupRequest, { users: ['+1 650 555 1234', { user_id: 'US.13491208655302741918' }] }),
    answers: {
      200: answer(
        lookup,
        {
          data: [
            { input: '+1 650 555 1234', ...examples.known },
            { input: 'call me', blocked: false, state: 'unknown', errors: [examples.malformed] },
          ],
          reconciled_at: RECONCILED_AT,
        },
        ['x-blocklist-reconciled-at'],
      ),
    },
  },
  getUserHistory: {
    tag: 'Look up',
    summary: 'What happened to this user?',
    description: 'Newest first.',
    query: { limit, after },
    answers: {
      200: answer(history, {
        data: [examples.event],
        paging: { cursors: { before: CURSOR, after: CURSOR } },
      }),
    },
  },
  getUserEverywhere: {
    tag: 'Look up',
    summary: 'On which numbers is this user blocked?',
    description:
      'A row for each number in use, found by any id of the user that any of the numbers knows. A caller who may use only some numbers sees these.',
    query: { limit, after },
    answers: {
      200: answer(userEverywhere, {
        ...examples.user,
        protected: false,
        data: [
          { phone_number_id: NUMBER, ...examples.known, reconciled_at: RECONCILED_AT },
          { phone_number_id: '106540352242923', blocked: false, state: 'unknown', reconciled_at: null },
        ],
        paging: examples.paging('/users/16505551234'),
      }),
    },
  },
  getHistoryEverywhere: {
    tag: 'Look up',
    summary: 'What happened to this user on every number?',
    description: 'Newest first, under every id of the user. A caller who may use only some numbers sees these.',
    query: { limit, after },
    answers: {
      200: answer(historyEverywhere, {
        data: [{ phone_number_id: NUMBER, ...examples.event }],
        paging: { cursors: { before: CURSOR, after: CURSOR } },
      }),
    },
  },
  eraseUser: {
    tag: 'Blocklist',
    summary: 'Erase what is stored about a user',
    description: `Histories, reasons, inputs, other ids and the persons that callers acted for, under every id of the user. A block that stands keeps the id of the user alone. The answer is a receipt: what was erased, and what remains until when. With 503, what was erased stays erased: send the request again after \`Retry-After\`. ${FIELDS_ANYWHERE}`,
    headers: CHANGING,
    request: { ...body(requests.eraseUserRequest, { unblock: true }), isOptional: true },
    answers: {
      200: answer(receipt, {
        erased: { numbers: 2, events: 7, items: 1, aliases: 1 },
        standing: [{ phone_number_id: NUMBER, state: 'blocked' }],
        remains: [
          {
            where: 'jobs',
            until: '2027-01-31T12:00:00.000Z',
            job_ids: [examples.job.id],
            why: 'These jobs changed the user, and their lists name the user until they expire',
          },
          {
            where: 'point_in_time_recovery',
            until: '2026-12-06T12:00:00.000Z',
            why: 'The table can be restored to any second of the last 35 days; erase the user again after a restore',
          },
        ],
      }),
    },
  },
  getBlocklist: {
    tag: 'Look up',
    summary: 'How full is the list, and what runs on it?',
    answers: {
      200: answer(blocklist, {
        size: 2_314,
        limit: 64_000,
        remaining: 61_686,
        deferred: 12,
        expiring: 40,
        reconciled_at: RECONCILED_AT,
        drift: { added: 0, removed: 1 },
        running_jobs: 1,
        blocks: {
          counted_at: RECONCILED_AT,
          total: 2_310,
          expiring: 40,
          by_reason_code: { spam: 1_700, fraud: 210 },
          without_reason_code: 400,
          older_than_days: { 7: 2_200, 30: 2_000, 90: 1_500, 180: 700, 365: 120 },
        },
      }),
    },
  },
  listNumbersInUse: {
    tag: 'Look up',
    summary: 'Which numbers are there, and how full are their lists?',
    description:
      'The numbers in use, in their order. A caller who may use only some numbers sees these. What needs more than the stored sums, such as running jobs, is in the answer about one number. `reason_codes` and `require_reason` say what this deployment takes as the reason of a change.',
    query: { limit, after },
    answers: {
      200: answer(numbers, {
        data: [
          {
            phone_number_id: NUMBER,
            size: 2_314,
            limit: 64_000,
            remaining: 61_686,
            deferred: 12,
            expiring: 40,
            reconciled_at: RECONCILED_AT,
            drift: { added: 0, removed: 1 },
          },
        ],
        paging: examples.paging('/numbers'),
        reason_codes: [...DEFAULT_REASON_CODES],
        require_reason: 'none',
      }),
    },
  },
  startReconciliation: {
    tag: 'Look up',
    summary: "Compare the mirror with Graph's list now",
    description: 'One reconciliation of a number runs at a time. It is done when `reconciled_at` has changed.',
    headers: CHANGING,
    answers: {
      202: answer(reconciliation, { phone_number_id: NUMBER, status: 'started', reconciled_at: RECONCILED_AT }),
    },
    refusals: [404],
  },
  listOperations: {
    tag: 'Look up',
    summary: 'What was done to this number?',
    description: `One row for each call to Graph, newest first. ${MAY_BE_SHORT}`,
    query: {
      since: moment.describe('A time with its offset, or a day in UTC; inclusive'),
      until: moment.describe('A time with its offset, or a day in UTC, which means its end; inclusive'),
      actor: z.string().min(1).describe('Who did it: the whole ARN, or `api-key/<name>`'),
      reason_code: recordedCode,
      after,
      limit,
    },
    answers: {
      200: answer(operations, {
        data: [
          {
            operation_id: examples.OPERATION,
            at: AT,
            action: 'block',
            source: 'api',
            actor: ACTOR,
            on_behalf_of: 'ana@support',
            reason_code: 'spam',
            status: 'finished',
            users: 25,
            counts: { succeeded: 24, failed: 1, deferred: 0 },
            duration_ms: 840,
          },
        ],
        paging: examples.paging(`/v25.0/${NUMBER}/operations`),
      }),
    },
  },
  listJobs: {
    tag: 'Jobs',
    summary: 'List jobs',
    description: `Newest first. ${MAY_BE_SHORT}`,
    query: { phone_number_id: phoneNumberId, batch_id: batchId, status: job.shape.status, after, limit },
    answers: {
      200: answer(jobs, {
        data: [examples.job],
        paging: { cursors: { after: CURSOR }, next: examples.next('/jobs') },
      }),
    },
    refusals: [404],
  },
  createJobs: {
    tag: 'Jobs',
    summary: 'Block or unblock users on several numbers',
    description: `Each number gets a job of its own. ${DRY_RUN} ${FIELDS_ANYWHERE}`,
    headers: MAKING_JOBS,
    request: body(requests.createJobsRequest, {
      action: 'block',
      phone_number_ids: [NUMBER, '106540352242923'],
      block_users,
      reason: 'one ring, several numbers',
      reason_code: 'fraud',
    }),
    answers: {
      200: answer(dryRun, examples.dryRun),
      202: answer(createdJobs, { batch_id: examples.BATCH, data: [examples.job] }, ['Location']),
    },
    refusals: [409],
  },
  getJob: {
    tag: 'Jobs',
    summary: 'How far is this job?',
    answers: { 200: answer(job, examples.job) },
    refusals: [404],
  },
  listJobUsers: {
    tag: 'Jobs',
    summary: 'What is the outcome for each user of this job?',
    query: { limit, after, outcome: jobUser.shape.outcome },
    answers: {
      200: answer(jobUsers, {
        data: [
          { input: '+1 650 555 1234', outcome: 'succeeded', ...examples.user },
          { input: 'call me', outcome: 'failed', code: 100, message: examples.malformed.error_data.details },
        ],
        paging: examples.paging(`/jobs/${examples.job.id}/users`),
      }),
    },
    refusals: [404],
  },
  cancelJob: {
    ...OF_A_JOB,
    summary: 'Cancel what a job has not sent',
    description: 'Requests in progress finish. Safe to repeat.',
    answers: {
      202: answer(job, {
        ...examples.job,
        cancelled_at: '2026-11-01T12:00:09.000Z',
        cancelled_by: ACTOR,
        activity: [...examples.job.activity, { at: '2026-11-01T12:00:09.000Z', verb: 'cancelled', actor: ACTOR }],
      }),
    },
    refusals: [404],
  },
  retryJob: {
    ...OF_A_JOB,
    summary: 'Retry the users of a job that failed',
    description: 'In the same job, and only those. Safe to repeat.',
    answers: {
      202: answer(job, {
        ...examples.job,
        retried_at: '2026-11-01T12:10:00.000Z',
        activity: [...examples.job.activity, { at: '2026-11-01T12:10:00.000Z', verb: 'retried', actor: ACTOR }],
      }),
    },
    refusals: [404, 409],
  },
  revertJob: {
    ...OF_A_JOB,
    summary: 'Undo what a job did',
    description:
      'A job of the opposite action, for exactly the users whose state the job changed and nobody changed since. Users who cannot be blocked again now are deferred. Safe to repeat: a job is reverted once, and a repeat gives the same job.',
    request: { ...body(requests.revertRequest, { reason: 'wrong list' }), isOptional: true },
    answers: {
      202: answer(
        job,
        {
          ...examples.job,
          id: `${NUMBER}-01K3B9T7D5P8S1V4Y7B0E3H6K9`,
          batch_id: undefined,
          action: 'unblock',
          status: 'queued',
          users: { total: 998, succeeded: 0, failed: 0, deferred: 0, remaining: 998 },
          chunks: { total: 1, done: 0, failed: 0 },
          created_at: '2026-11-01T12:20:00.000Z',
          started_at: undefined,
          reason: 'wrong list',
          reverts: examples.job.id,
          activity: [{ at: '2026-11-01T12:20:00.000Z', verb: 'created', actor: ACTOR, on_behalf_of: 'ana@support' }],
        },
        ['Location'],
      ),
    },
    refusals: [404, 409],
  },
  listProtectedUsers: {
    tag: 'Protected users',
    summary: 'List protected users',
    description: 'By the ids by which they were protected.',
    query: { limit, after },
    answers: {
      200: answer(protectedUsers, {
        data: [examples.protectedUser],
        paging: examples.paging('/protected_users'),
      }),
    },
  },
  getProtectedUser: {
    tag: 'Protected users',
    summary: 'Is this user protected?',
    description: 'The answer is 404 if they are not.',
    answers: { 200: answer(oneProtected, { protected: true, ...examples.protectedUser }) },
    refusals: [404],
  },
  protectUser: {
    tag: 'Protected users',
    summary: 'Protect a user from being blocked',
    description: `Nobody can block the user from then on: no request, job or deferred block, on any number. It holds everywhere within 60 seconds. A block that is there stays; the answer names it. For a user who is protected, this records another reason. ${FIELDS_ANYWHERE}`,
    headers: CHANGING,
    request: { ...body(requests.protectionRequest, { reason: 'our own test phone' }), isOptional: true },
    answers: {
      200: answer(protection, {
        protected: true,
        ...examples.protectedUser,
        blocked_on: [{ phone_number_id: NUMBER, ...examples.known }],
      }),
    },
    refusals: [409],
  },
  unprotectUser: {
    tag: 'Protected users',
    summary: 'End the protection of a user',
    description: `The answer is 404 if they are not protected, so a repeat is answered with 404. ${FIELDS_ANYWHERE}`,
    headers: CHANGING,
    request: { ...body(requests.protectionRequest, { reason: 'the phone was sold' }), isOptional: true },
    answers: { 200: answer(unprotected, { protected: false, ...examples.user }) },
    refusals: [404],
  },
  listKeys: {
    tag: 'Keys',
    summary: 'List keys',
    description: `Without secrets, in the order of their ids. ${ONLY_SIGNED}`,
    query: { limit, after },
    answers: {
      200: answer(keys, {
        data: [{ ...examples.key, last_used_at: '2026-11-01T14:00:00.000Z' }],
        paging: { cursors: { after: CURSOR }, next: examples.next('/keys') },
      }),
    },
    refusals: [404],
  },
  createKey: {
    tag: 'Keys',
    summary: 'Make a key',
    description: `The answer has the whole key, which nobody can see again. If the answer is lost, rotate the key. ${ONLY_SIGNED} ${FIELDS_ANYWHERE}`,
    headers: CHANGING,
    request: body(requests.createKeyRequest, { name: 'support-desk', scopes: ['write'], phone_number_ids: [NUMBER] }),
    answers: { 201: answer(keyWithSecret, { ...examples.key, key: examples.wholeKey('x') }) },
    refusals: [404, 409],
  },
  rotateKey: {
    tag: 'Keys',
    summary: 'Give a key a new secret',
    description: `The answer has the whole new key, which nobody can see again. Earlier secrets work until the overlap ends. ${ONLY_SIGNED} ${FIELDS_ANYWHERE}`,
    headers: CHANGING,
    request: { ...body(requests.rotateKeyRequest, { overlap_seconds: 86_400 }), isOptional: true },
    answers: {
      200: answer(keyWithSecret, {
        ...examples.key,
        expires_at: '2027-11-08T12:00:00.000Z',
        secrets: [
          { created_at: AT, expires_at: '2026-11-09T12:00:00.000Z' },
          { created_at: '2026-11-08T12:00:00.000Z', expires_at: '2027-11-08T12:00:00.000Z' },
        ],
        activity: [...examples.key.activity, { at: '2026-11-08T12:00:00.000Z', verb: 'rotated', actor: ACTOR }],
        key: examples.wholeKey('y'),
      }),
    },
    refusals: [404, 409],
  },
  revokeKey: {
    tag: 'Keys',
    summary: 'Revoke a key, for good',
    description: `Requests with the key may still succeed for the seconds of \`apiKey.cacheSeconds\` (60 by default). Safe to repeat. ${ONLY_SIGNED}`,
    headers: CHANGING,
    answers: { 200: answer(key, REVOKED) },
    refusals: [404],
  },
  receiveWebhook: {
    tag: 'Service',
    summary: 'Forward a webhook of WhatsApp',
    description:
      'Users with a deferred block are blocked as soon as they write, and users who change their number or id are followed. The body is what WhatsApp sent, unchanged.',
    headers: {
      ...CHANGING,
      'X-Hub-Signature-256': z
        .string()
        .describe("Meta's signature of the body, unchanged. Without a verified one no change of identity is followed")
        .meta({ example: 'sha256=2f5b1c3d9a7e46c08d1b5f3e7a9c2d4f6b8e0a1c3d5f7b9e2a4c6d8f0b1e3a5c' }),
    },
    request: body(requests.webhookRequest, examples.webhook),
    answers: { 200: answer(received, { senders: 1, blocked: 1, waiting: 0, moved: 0, not_followed: [] }) },
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'This document',
    headers: {
      'If-None-Match': z
        .string()
        .describe('`ETag` of the document that the caller has')
        .meta({ example: '"cyF6m0Zt2bQ"' }),
    },
    answers: {
      200: answer(openApi, { openapi: '3.1.1', info: { title: 'WhatsApp blocklist', version: '1' }, paths: {} }, [
        'ETag',
      ]),
      304: { headers: ['ETag'] },
    },
  },
  health: {
    tag: 'Service',
    summary: 'Is the service up?',
    answers: { 200: answer(health, { status: 'ok' }) },
  },
};
