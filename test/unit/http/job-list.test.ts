import { describe, expect, test } from 'vitest';
import type { Job, JobStatus } from '../../../lambdas/core/jobs/job.ts';
import { type JobList, listJobs } from '../../../lambdas/core/jobs/list-jobs.ts';
import { writeCursor } from '../../../lambdas/http/cursor.ts';
import { jobsResponse, readJobsPage } from '../../../lambdas/http/job-list.ts';
import { asPage, gatewayEvent, NUMBER, read, refusal, send } from '../../support/gateway.ts';
import { InMemoryJobStore } from '../../support/in-memory-store.ts';
import { aJob } from './a-job.ts';

type Query = Record<string, string>;
const event = (query: Query = {}) => gatewayEvent({ method: 'GET', resource: '/jobs', path: {}, query });
const page = (query: Query) => read({ method: 'GET', resource: '/jobs', path: {}, query }, readJobsPage);
const OTHER = '106540352242923';
const progress = {
  users: { total: 2, succeeded: 1, failed: 1, deferred: 0, remaining: 0 },
  chunks: { total: 1, done: 1, failed: 0 },
};

describe('a request for jobs', () => {
  test('is all of them, 100 a page', async () => {
    expect((await page({})).body).toEqual({ limit: 100 });
  });

  test('is those of a number, in a status, after a job, so many', async () => {
    const after = writeCursor([aJob().id]);
    const query = { phone_number_id: NUMBER, status: 'partially_failed', after, limit: '5' };
    expect((await page(query)).body).toEqual({
      phoneNumberId: NUMBER,
      status: 'partially_failed',
      after: aJob().id,
      limit: 5,
    });
  });

  const BATCH = aJob().id.slice(-26);
  test('can be those of a batch, from one of its jobs on', async () => {
    const query = { batch_id: BATCH, phone_number_id: NUMBER, status: 'failed', after: writeCursor([aJob().id]) };
    expect((await page(query)).body).toMatchObject({ batchId: BATCH, phoneNumberId: NUMBER, after: aJob().id });
  });

  test('are not those of a batch from a job of another one on', async () => {
    const after = writeCursor([aJob().id.replace(/Y$/, 'Z')]);
    expect(await page({ batch_id: BATCH, after })).toMatchObject({
      status: 400,
      body: refusal('after: is not a cursor of this list'),
    });
  });

  test.each(['x', BATCH.toLowerCase(), `${BATCH}0`, `${BATCH.slice(1)}U`, aJob().id])(
    'are not those of the batch %j',
    async (batch_id) => {
      expect(await page({ batch_id })).toMatchObject({
        status: 400,
        body: refusal('batch_id: must be 26 letters and digits, as POST /jobs gave it'),
      });
    },
  );

  test.each(['queued', 'running', 'succeeded', 'partially_failed', 'failed', 'cancelled'])(
    'can be those that are %s',
    async (status) => {
      expect((await page({ status })).body).toMatchObject({ status });
    },
  );

  test.each<[string, Query, string]>([
    ['no phone number id', { phone_number_id: '+16505551234' }, 'phone_number_id: must be 1 to 32 digits'],
    ['an empty phone number id', { phone_number_id: '' }, 'phone_number_id: must not be empty; leave it out'],
    ['an empty batch id', { batch_id: '' }, 'batch_id: must not be empty; leave it out'],
    ['too long a phone number id', { phone_number_id: '1'.repeat(33) }, 'phone_number_id: must be 1 to 32 digits'],
    [
      'an unknown status',
      { status: 'done' },
      'status: must be one of queued, running, succeeded, partially_failed, failed, cancelled',
    ],
    ['an empty status', { status: '' }, 'status: must not be empty; leave it out'],
    ['no cursor', { after: 'not a cursor' }, 'after: is not a cursor of this list'],
    ['the cursor of another list', { after: writeCursor([3, 17]) }, 'after: is not a cursor of this list'],
    ['a cursor that names no job', { after: writeCursor(['x']) }, 'after: is not a cursor of this list'],
    ['a limit of 0', { limit: '0' }, 'limit: must be a whole number from 1 to 1000'],
    ['a limit of 1001', { limit: '1001' }, 'limit: must be a whole number from 1 to 1000'],
  ])('is refused with %s', async (_, query, message) => {
    expect(await page(query)).toMatchObject({ status: 400, body: refusal(message) });
  });

  test('is refused with an empty cursor', async () => {
    expect(await page({ after: '' })).toMatchObject({
      status: 400,
      body: refusal('after: must not be empty; leave it out'),
    });
  });
});

describe('a page of jobs', () => {
  test('shows each job as GET /jobs/{id} does', async () => {
    const list: JobList = {
      jobs: [{ job: aJob({ status: 'partially_failed', total: 2, chunkCount: 1 }), progress }],
      end: undefined,
    };
    const { status, body } = await send(event(), (request) => jobsResponse(request, list));
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        {
          id: aJob().id,
          phone_number_id: NUMBER,
          action: 'block',
          status: 'partially_failed',
          users: progress.users,
          chunks: progress.chunks,
          created_at: '2026-06-01T10:00:00.000Z',
          requested_by: 'arn:aws:iam::123456789012:user/jo',
          activity: [{ at: '2026-06-01T10:00:00.000Z', verb: 'created', actor: 'arn:aws:iam::123456789012:user/jo' }],
        },
      ],
      paging: { cursors: {} },
    });
  });

  test('names the batch that was asked for', async () => {
    const batch_id = aJob().id.slice(-26);
    const job = aJob({ batchId: batch_id });
    const { body } = await send(event({ batch_id }), (request) =>
      jobsResponse(request, { jobs: [{ job, progress }], end: job.id }),
    );
    expect(body).toMatchObject({ batch_id, data: [{ id: job.id, batch_id }] });
    const next = new URL(String(Object(Object(body).paging).next));
    expect(next.searchParams.get('batch_id')).toBe(batch_id);
  });

  test('has a next if there are more, even if it is short or empty itself', async () => {
    for (const jobs of [[], [{ job: aJob(), progress }]]) {
      const answer = await send(event({ status: 'failed', limit: '3' }), (request) =>
        jobsResponse(request, { jobs, end: aJob().id }),
      );
      const { paging } = asPage(answer.body);
      const next = new URL(paging.next ?? '');
      expect(`${next.origin}${next.pathname}`).toBe('https://abc123.execute-api.eu-central-1.amazonaws.com/prod/jobs');
      expect(paging.cursors).toEqual({ after: next.searchParams.get('after') });
      expect((await page(Object.fromEntries(next.searchParams))).body).toEqual({
        status: 'failed',
        after: aJob().id,
        limit: 3,
      });
    }
  });
});

describe('following next from the first page on', () => {
  const ids = ['01JZ5W8Q6M3N4P5R6S7T8V9WX1', '01JZ5W8Q6M3N4P5R6S7T8V9WX2', '01JZ5W8Q6M3N4P5R6S7T8V9WX3'];
  const statuses: JobStatus[] = ['failed', 'queued', 'failed'];
  const jobs = new InMemoryJobStore();
  const all = [NUMBER, OTHER].flatMap((phoneNumberId) =>
    ids.map((id, index): Job => {
      const name = phoneNumberId === NUMBER ? id : id.replace('01JZ', '01JY');
      return aJob({ id: `${phoneNumberId}-${name}`, phoneNumberId, status: statuses[index] ?? 'queued' });
    }),
  );
  for (const job of all) jobs.jobs.set(job.id, job);

  async function follow(query: Query): Promise<unknown[][]> {
    const pages: unknown[][] = [];
    for (let wanted: Query | undefined = query; wanted; ) {
      const answer = await send(event(wanted), async (request) =>
        jobsResponse(request, await listJobs({ jobs, clock: Date }, readJobsPage(request))),
      );
      const { data, paging } = asPage(answer.body);
      pages.push(data.map(({ id }) => String(id).slice(-1)));
      if (pages.length > 100) throw new Error('The pages never end');
      wanted = paging.next === undefined ? undefined : Object.fromEntries(new URL(paging.next).searchParams);
    }
    return pages;
  }

  test.each<[string, Query, string[][]]>([
    [
      'all',
      { limit: '4' },
      [
        ['3', '2', '1', '3'],
        ['2', '1'],
      ],
    ],
    ['all in one page', { limit: '6' }, [['3', '2', '1', '3', '2', '1']]],
    ['those of a number', { phone_number_id: NUMBER, limit: '2' }, [['3', '2'], ['1']]],
    ['those in a status', { status: 'failed', limit: '100' }, [['3', '1', '3', '1']]],
    ['those of a number in a status', { phone_number_id: OTHER, status: 'queued' }, [['2']]],
    ['none', { status: 'cancelled' }, [[]]],
  ])('gives %s, newest first, each once', async (_, query, pages) => {
    expect(await follow(query)).toEqual(pages);
  });

  test('gives those in a status once each, even if pages are short', async () => {
    expect((await follow({ status: 'failed', limit: '1' })).flat()).toEqual(['3', '1', '3', '1']);
  });
});
