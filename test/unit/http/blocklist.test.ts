import { describe, expect, test } from 'vitest';
import { getBlocklist } from '../../../lambdas/core/users/get-blocklist.ts';
import type { NumberSummary } from '../../../lambdas/core/users/number-summary.ts';
import { blocklistResponse } from '../../../lambdas/http/blocklist-response.ts';
import { gatewayEvent, NUMBER, send } from '../../support/gateway.ts';
import { aJob } from './a-job.ts';

const RECONCILED = '2026-11-01T09:00:00.000Z';

/** The blocklist of a number of which this is known. */
async function ask(summary: NumberSummary | undefined, openJobs: readonly string[] = [], listLimit = 64_000) {
  const reads: unknown[] = [];
  const deps = {
    store: {
      getSummary: async (...read: unknown[]) => {
        reads.push(read);
        return summary;
      },
    },
    jobs: {
      listOpenJobs: async ([phoneNumberId]: readonly string[]) =>
        phoneNumberId === NUMBER ? openJobs.map((id) => aJob({ id })) : [],
    },
    listLimit,
  };
  const { status, body } = await send(
    gatewayEvent({ method: 'GET', resource: '/{version}/{phoneNumberId}/blocklist' }),
    async () => blocklistResponse(await getBlocklist(deps, NUMBER)),
  );
  expect(status).toBe(200);
  // As it is at this moment.
  expect(reads).toEqual([[NUMBER, true]]);
  return body;
}

describe('the blocklist of a number', () => {
  const totals = { size: 1_500, deferred: 3, expiring: 20 };

  test('has its size, how many more fit, and what a reconciliation found', async () => {
    const drift = { added: 2, removed: 1 };
    expect(await ask({ ...totals, reconciledAt: RECONCILED, drift }, ['job-1', 'job-2'])).toEqual({
      size: 1_500,
      limit: 64_000,
      remaining: 62_500,
      deferred: 3,
      expiring: 20,
      reconciled_at: RECONCILED,
      drift: { added: 2, removed: 1 },
      running_jobs: 2,
    });
  });

  test('has the blocks that the last reconciliation counted, with the most frequent code first', async () => {
    const olderThanDays = { 7: 1_200, 30: 900, 90: 30, 180: 0, 365: 0 };
    const byReasonCode = { fraud: 100, spam: 1_000 };
    const blockCounts = { total: 1_490, expiring: 19, byReasonCode, olderThanDays };
    const answer = await ask({ ...totals, reconciledAt: RECONCILED, blockCounts });
    expect(answer).toMatchObject({
      size: 1_500,
      blocks: {
        counted_at: RECONCILED,
        total: 1_490,
        expiring: 19,
        by_reason_code: { spam: 1_000, fraud: 100 },
        without_reason_code: 390,
        older_than_days: olderThanDays,
      },
    });
    expect(JSON.stringify(answer)).toContain('"by_reason_code":{"spam":1000,"fraud":100}');
  });

  test('says why the last reconciliation failed', async () => {
    const reconcileFailure = { at: RECONCILED, code: 190, message: 'Error validating access token' };
    expect(await ask({ ...totals, reconcileFailure })).toMatchObject({
      reconciled_at: null,
      drift: null,
      reconcile_failure: reconcileFailure,
    });
  });

  test('is empty if nothing is known of the number', async () => {
    expect(await ask(undefined)).toEqual({
      size: 0,
      limit: 64_000,
      remaining: 64_000,
      deferred: 0,
      expiring: 0,
      reconciled_at: null,
      drift: null,
      running_jobs: 0,
    });
  });

  test('above its limit has no room', async () => {
    expect(await ask(totals, [], 1_000)).toMatchObject({ size: 1_500, limit: 1_000, remaining: 0 });
  });
});
