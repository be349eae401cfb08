import { describe, expect, test } from 'vitest';
import { type Action, type Failure, malformed } from '../../../lambdas/core/changes/outcome.ts';
import type { EntryOutcome, SubmittedChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { parseEntry } from '../../../lambdas/core/users/entries.ts';
import { changeResponse } from '../../../lambdas/http/change-response.ts';
import { gatewayEvent, NUMBER, REQUEST_ID, type Sent, send } from '../../support/gateway.ts';
import { aChunk, aJob } from './a-job.ts';

const answer = (change: SubmittedChange, action: Action = 'block', sent: Sent = {}) =>
  send(gatewayEvent({ method: action === 'block' ? 'POST' : 'DELETE', ...sent }), (request) =>
    changeResponse(request, action, change),
  );
const outcomes = (...results: EntryOutcome[]): SubmittedChange => ({ kind: 'outcomes', results });
const done = (user: string, names: Omit<EntryOutcome, 'entry'> = {}): EntryOutcome => ({
  entry: parseEntry({ user }),
  ...names,
});
const failed = (user: string, failure: Failure, names: Omit<EntryOutcome, 'entry'> = {}): EntryOutcome => ({
  ...done(user, names),
  failure,
});

const NO_MESSAGE: Failure = {
  code: 131047,
  message: 'Re-engagement required',
  details: 'User has not messaged in the last 24 hours',
};

describe('when every user was blocked', () => {
  test("it is Graph's 200, one result for each entry, in order, each with its own spelling", async () => {
    const { status, headers, body } = await answer(
      outcomes(
        done('+1 650 555 1234', { waId: '16505551234' }),
        done('+5511987654321', { waId: '551187654321' }),
        done('16505551234', { waId: '16505551234' }),
        done('US.134', { userId: 'US.134' }),
      ),
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [
          { input: '+1 650 555 1234', wa_id: '16505551234' },
          { input: '+5511987654321', wa_id: '551187654321' },
          { input: '16505551234', wa_id: '16505551234' },
          { input: 'US.134', user_id: 'US.134' },
        ],
      },
    });
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'x-request-id': REQUEST_ID });
  });

  test('the wa_id is the number if Graph gives none', async () => {
    expect((await answer(outcomes(done('+16505551234'), done('US.134')))).body).toMatchObject({
      block_users: {
        added_users: [
          { input: '+16505551234', wa_id: '16505551234' },
          { input: 'US.134', user_id: 'US.134' },
        ],
      },
    });
  });

  test('an unblock has removed_users', async () => {
    expect((await answer(outcomes(done('+16505551234')), 'unblock')).body).toEqual({
      messaging_product: 'whatsapp',
      block_users: { removed_users: [{ input: '+16505551234', wa_id: '16505551234' }] },
    });
  });
});

describe('when some users failed', () => {
  test("it is Graph's 400 with results and error 139100", async () => {
    const { status, body } = await answer(
      outcomes(
        failed('+14155559876', NO_MESSAGE, { waId: '14155559876' }),
        done('+16505551234'),
        failed('nobody', malformed({})),
        failed('US.134', { code: 139103, message: '(#139103) Internal error' }),
        failed('US.135', { code: 139103, message: '(#139103) Internal error', maybeApplied: true }),
      ),
    );
    expect(status).toBe(400);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [{ input: '+16505551234', wa_id: '16505551234' }],
        failed_users: [
          {
            input: '+14155559876',
            wa_id: '14155559876',
            errors: [
              {
                message: 'Re-engagement required',
                code: 131047,
                error_data: { details: 'User has not messaged in the last 24 hours' },
              },
            ],
          },
          {
            input: 'nobody',
            errors: [
              {
                message: '(#100) Invalid parameter',
                code: 100,
                error_data: {
                  details: 'Neither a phone number in international format nor a business-scoped user id',
                },
              },
            ],
          },
          {
            input: 'US.134',
            user_id: 'US.134',
            errors: [
              {
                message: '(#139103) Internal error',
                code: 139103,
                error_data: { details: '(#139103) Internal error' },
              },
            ],
          },
          {
            input: 'US.135',
            user_id: 'US.135',
            errors: [
              {
                message: '(#139103) Internal error',
                code: 139103,
                error_data: { details: '(#139103) Internal error; the user may or may not have been changed' },
              },
            ],
          },
        ],
      },
      error: {
        message: '(#139100) Failed to block/unblock users',
        type: 'OAuthException',
        code: 139100,
        error_data: { details: 'Failed to block some users, see block_users.failed_users for each of them' },
        fbtrace_id: REQUEST_ID,
      },
    });
  });

  test("the trace is Graph's if Graph answered", async () => {
    const change = outcomes(
      failed('nobody', malformed({})),
      failed('+14155559876', { ...NO_MESSAGE, fbtraceId: 'AbC123' }),
    );
    expect((await answer(change)).body).toMatchObject({ error: { fbtrace_id: 'AbC123' } });
  });

  test('all of them, added_users is there and empty', async () => {
    expect(await answer(outcomes(failed('+14155559876', NO_MESSAGE)))).toMatchObject({
      status: 400,
      body: { block_users: { added_users: [] } },
    });
  });

  test('a number that WhatsApp does not know gets no wa_id', async () => {
    const { body } = await answer(outcomes(failed('+14155559876', NO_MESSAGE)), 'unblock');
    expect(body).toMatchObject({ block_users: { removed_users: [], failed_users: [{ input: '+14155559876' }] } });
    expect(JSON.stringify(body)).not.toContain('wa_id');
  });
});

describe('a job', () => {
  const accepted: SubmittedChange = { kind: 'job', job: aJob(), chunks: [] };

  test('is a 202 with the job as GET /jobs/{id} has it', async () => {
    const { status, body } = await answer(accepted);
    expect(status).toBe(202);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      job: {
        id: aJob().id,
        phone_number_id: NUMBER,
        action: 'block',
        status: 'queued',
        users: { total: 2500, succeeded: 0, failed: 0, deferred: 0, remaining: 2500 },
        chunks: { total: 3, done: 0, failed: 0 },
        created_at: '2026-06-01T10:00:00.000Z',
        requested_by: 'arn:aws:iam::123456789012:user/jo',
        activity: [{ at: '2026-06-01T10:00:00.000Z', verb: 'created', actor: 'arn:aws:iam::123456789012:user/jo' }],
      },
    });
  });

  test.each<[string, Sent, string]>([
    ['with a version', {}, '/prod'],
    ['without a version', { resource: '/{version}/block_users', path: { version: NUMBER } }, '/prod'],
    ['on a custom domain', { url: `/v25.0/${NUMBER}/block_users` }, ''],
    ['on a custom domain with a base path', { url: `/whatsapp/v25.0/${NUMBER}/block_users` }, '/whatsapp'],
  ])('is found by its Location %s', async (_, sent, prefix) => {
    const { location } = (await answer(accepted, 'block', sent)).headers;
    expect(location).toBe(`https://abc123.execute-api.eu-central-1.amazonaws.com${prefix}/jobs/${aJob().id}`);
  });

  test('has Preference-Applied if the request stated a preference', async () => {
    const preferred = await answer(accepted, 'block', { headers: { Prefer: 'respond-async' } });
    expect(preferred.headers['preference-applied']).toBe('respond-async');
    expect((await answer(accepted)).headers).not.toHaveProperty('preference-applied');
  });

  test('of a repeated idempotency key has its progress', async () => {
    const job = aJob({ status: 'running', startedAt: '2026-06-01T10:00:01.000Z' });
    const chunks = [aChunk({ status: 'done', succeeded: 990, failed: 10 }), aChunk({ index: 1 })];
    expect((await answer({ kind: 'job', job, chunks })).body).toMatchObject({
      job: {
        status: 'running',
        users: { succeeded: 990, failed: 10, remaining: 1500 },
        chunks: { total: 3, done: 1 },
      },
    });
  });
});
