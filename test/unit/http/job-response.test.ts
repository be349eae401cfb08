import { describe, expect, test } from 'vitest';
import { type Chunk, type Job, progressOf } from '../../../lambdas/core/jobs/job.ts';
import type { ListedJob } from '../../../lambdas/core/jobs/job-progress.ts';
import type { JobUsersPage } from '../../../lambdas/core/jobs/list-job-users.ts';
import {
  acceptedJobResponse,
  jobResponse,
  jobUsersResponse,
  readJobUsersPage,
} from '../../../lambdas/http/job-response.ts';
import { asPage, gatewayEvent, NUMBER, read, type Sent, send } from '../../support/gateway.ts';
import { aChunk, aJob } from './a-job.ts';

const event = (resource: string, sent: Sent = {}) =>
  gatewayEvent({ method: 'GET', resource, path: { id: aJob().id }, ...sent });
const ofJob = () => event('/jobs/{id}');
const progressing = (job: Job, chunks: readonly Chunk[]): ListedJob => ({ job, progress: progressOf(job, chunks) });
const ofUsers = (query: Record<string, string> = {}) => event('/jobs/{id}/users', { query });

describe('a job', () => {
  test('shows its progress by its chunks', async () => {
    const job = aJob({
      action: 'unblock',
      status: 'partially_failed',
      onBehalfOf: 'jo@example.com',
      reason: 'appeal',
      batchId: '01JZ5W8Q6M3N4P5R6S7T8V9WXY',
      sharedUsersKey: '01JZ5W8Q6M3N4P5R6S7T8V9WXY#1000',
      expiresAt: '2026-07-01T10:00:00.000Z',
      defer: true,
      reverts: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXX`,
      revertedBy: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXZ`,
      startedAt: '2026-06-01T10:00:01.000Z',
      finishedAt: '2026-06-01T10:05:00.000Z',
      run: 3,
      execution: 4,
      retriedAt: '2026-06-01T10:02:00.000Z',
      cancelledAt: '2026-06-01T10:04:00.000Z',
      activity: [
        { at: '2026-06-01T10:01:00.000Z', verb: 'cancelled', actor: 'arn:aws:iam::123456789012:user/kim' },
        {
          at: '2026-06-01T10:02:00.000Z',
          verb: 'retried',
          actor: 'arn:aws:iam::123456789012:user/jo',
          onBehalfOf: 'mo',
        },
        { at: '2026-06-01T10:04:00.000Z', verb: 'cancelled', actor: 'arn:aws:iam::123456789012:user/ana' },
        { at: '2026-06-01T10:06:00.000Z', verb: 'reverted', actor: 'arn:aws:iam::123456789012:user/ana' },
      ],
      error: { code: 190, message: 'Error validating access token' },
    });
    const chunks = [
      aChunk({ status: 'done', succeeded: 1_000 }),
      aChunk({ index: 1, status: 'failed', succeeded: 400, failed: 600 }),
      aChunk({ index: 2, status: 'done', total: 500, succeeded: 499, failed: 1 }),
    ];
    const { status, body } = await send(ofJob(), () => jobResponse(progressing(job, chunks)));
    expect(status).toBe(200);
    expect(body).toEqual({
      id: job.id,
      batch_id: '01JZ5W8Q6M3N4P5R6S7T8V9WXY',
      phone_number_id: NUMBER,
      action: 'unblock',
      status: 'partially_failed',
      users: { total: 2500, succeeded: 1899, failed: 601, deferred: 0, remaining: 0 },
      chunks: { total: 3, done: 2, failed: 1 },
      created_at: '2026-06-01T10:00:00.000Z',
      started_at: '2026-06-01T10:00:01.000Z',
      finished_at: '2026-06-01T10:05:00.000Z',
      retried_at: '2026-06-01T10:02:00.000Z',
      cancelled_at: '2026-06-01T10:04:00.000Z',
      cancelled_by: 'arn:aws:iam::123456789012:user/ana',
      requested_by: 'arn:aws:iam::123456789012:user/jo',
      on_behalf_of: 'jo@example.com',
      reason: 'appeal',
      expires_at: '2026-07-01T10:00:00.000Z',
      defer: true,
      reverts: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXX`,
      reverted_by: `${NUMBER}-01JZ5W8Q6M3N4P5R6S7T8V9WXZ`,
      error: { code: 190, message: 'Error validating access token' },
      activity: [
        {
          at: '2026-06-01T10:00:00.000Z',
          verb: 'created',
          actor: 'arn:aws:iam::123456789012:user/jo',
          on_behalf_of: 'jo@example.com',
        },
        { at: '2026-06-01T10:01:00.000Z', verb: 'cancelled', actor: 'arn:aws:iam::123456789012:user/kim' },
        {
          at: '2026-06-01T10:02:00.000Z',
          verb: 'retried',
          actor: 'arn:aws:iam::123456789012:user/jo',
          on_behalf_of: 'mo',
        },
        { at: '2026-06-01T10:04:00.000Z', verb: 'cancelled', actor: 'arn:aws:iam::123456789012:user/ana' },
        { at: '2026-06-01T10:06:00.000Z', verb: 'reverted', actor: 'arn:aws:iam::123456789012:user/ana' },
      ],
    });
  });

  test('says how long it still takes, if that is known', async () => {
    const running = progressing(aJob({ status: 'running' }), [aChunk()]);
    const known = await send(ofJob(), () => jobResponse({ ...running, secondsLeft: 0 }));
    expect(known.body).toMatchObject({ estimated_seconds_left: 0 });
    const unknown = await send(ofJob(), () => jobResponse(running));
    expect(unknown.body).not.toHaveProperty('estimated_seconds_left');
  });

  test('omits fields that it does not have yet', async () => {
    const { body } = await send(ofJob(), () => jobResponse(progressing(aJob(), [])));
    const later = ['started_at', 'finished_at', 'retried_at', 'cancelled_at', 'cancelled_by'];
    const terms = ['batch_id', 'expires_at', 'defer', 'reverts', 'reverted_by'];
    for (const field of [...later, ...terms, 'reason', 'error', 'on_behalf_of']) expect(body).not.toHaveProperty(field);
  });

  test('counts a cancelled chunk among those that failed', async () => {
    const chunks = [
      aChunk({ status: 'done', succeeded: 1_000 }),
      aChunk({ index: 1, status: 'cancelled', failed: 900 }),
    ];
    const { body } = await send(ofJob(), () => jobResponse(progressing(aJob({ total: 2_000 }), chunks)));
    expect(body).toMatchObject({
      users: { total: 2000, succeeded: 1000, failed: 900, remaining: 100 },
      chunks: { total: 3, done: 1, failed: 1 },
    });
  });

  test('that was cancelled or retried is answered 202, in its present state', async () => {
    const job = aJob({ status: 'queued', run: 2, retriedAt: '2026-06-01T10:02:00.000Z' });
    const accepted = await send(event('/jobs/{id}/retry', { method: 'POST' }), () =>
      acceptedJobResponse(job, [aChunk()]),
    );
    const alone = await send(ofJob(), () => jobResponse(progressing(job, [aChunk()])));
    expect(accepted).toEqual({ ...alone, status: 202 });
  });
});

describe("a job's users", () => {
  const page: JobUsersPage = {
    more: true,
    users: [
      { chunk: 0, place: 3, input: '+16505551234', outcome: 'succeeded', waId: '16505551234' },
      { chunk: 0, place: 9, input: 'US.134', outcome: 'succeeded', userId: 'US.134' },
      { chunk: 2, place: 1, input: 'nobody', outcome: 'failed', code: 100, message: 'No number' },
    ],
  };

  test('are listed with their outcomes', async () => {
    const { body } = await send(ofUsers(), (request) => jobUsersResponse(request, page));
    expect(body).toMatchObject({
      data: [
        { input: '+16505551234', outcome: 'succeeded', wa_id: '16505551234' },
        { input: 'US.134', outcome: 'succeeded', user_id: 'US.134' },
        { input: 'nobody', outcome: 'failed', code: 100, message: 'No number' },
      ],
    });
  });

  test('go on behind the last of the page, with what was asked', async () => {
    const first = await send(ofUsers({ outcome: 'failed', limit: '3', after: 'WzAsMl0' }), (request) =>
      jobUsersResponse(request, page),
    );
    const next = new URL(asPage(first.body).paging.next ?? '');
    expect(`${next.origin}${next.pathname}`).toBe(
      `https://abc123.execute-api.eu-central-1.amazonaws.com/prod/jobs/${aJob().id}/users`,
    );
    const query = Object.fromEntries(next.searchParams);
    const second = await read({ method: 'GET', resource: '/jobs/{id}/users', query }, readJobUsersPage);
    expect(second.body).toEqual({ limit: 3, outcome: 'failed', after: { chunk: 2, place: 1 } });
  });

  test('end without a next', async () => {
    const { body } = await send(ofUsers(), (request) => jobUsersResponse(request, { ...page, more: false }));
    expect(body).not.toHaveProperty('paging.next');
    expect(body).toHaveProperty('paging.cursors.after');
    const empty = await send(ofUsers(), (request) => jobUsersResponse(request, { users: [], more: false }));
    expect(empty.body).toEqual({ data: [], paging: { cursors: {} } });
  });
});
