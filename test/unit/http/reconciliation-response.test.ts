import { describe, expect, test } from 'vitest';
import { startReconciliation } from '../../../lambdas/core/reconciliation/start-reconciliation.ts';
import type { NumberSummary } from '../../../lambdas/core/users/number-summary.ts';
import { readReconciliation, reconciliationResponse } from '../../../lambdas/http/reconciliation-response.ts';
import { ofSize } from '../../support/contract-fixtures.ts';
import { gatewayEvent, NUMBER, refusal, send } from '../../support/gateway.ts';
import { createWorld } from '../../support/world.ts';

const RESOURCE = '/{version}/{phoneNumberId}/blocklist/reconcile';
const post = (path: Record<string, string>, resource = RESOURCE) => gatewayEvent({ method: 'POST', resource, path });

/** What is asked for by a path, and which numbers were started. */
async function asked(event: ReturnType<typeof post>, summary?: NumberSummary) {
  const { deps, store, reconciled } = createWorld();
  if (summary) store.summaries.set(NUMBER, summary);
  const answer = await send(event, async (request) => {
    const wanted = readReconciliation(request);
    return reconciliationResponse(wanted, await startReconciliation(deps, wanted));
  });
  return { ...answer, reconciled };
}

describe('a reconciliation', () => {
  test.each([
    ['a version', post({ version: 'v25.0', phoneNumberId: NUMBER })],
    ['no version', post({ version: NUMBER }, '/{version}/blocklist/reconcile')],
  ])('is started by the path with %s', async (_, event) => {
    const { status, body, reconciled } = await asked(event);
    expect(status).toBe(202);
    expect(body).toEqual({ phone_number_id: NUMBER, status: 'started', reconciled_at: null });
    expect(reconciled).toEqual([NUMBER]);
  });

  test('has the start of the last one that finished', async () => {
    const reconciledAt = '2026-06-01T09:00:00.000Z';
    const { body } = await asked(post({ version: 'v25.0', phoneNumberId: NUMBER }), {
      ...ofSize(3),
      reconciledAt,
    });
    expect(body).toEqual({ phone_number_id: NUMBER, status: 'started', reconciled_at: reconciledAt });
  });

  test('that runs already is the one of who asked for it', async () => {
    const request = { execution: `${NUMBER}-1`, at: '2999-01-01T00:00:00.000Z', actor: 'ana', ofHour: 1 };
    const { status, body } = await asked(post({ version: 'v25.0', phoneNumberId: NUMBER }), {
      ...ofSize(3),
      reconcileRequest: request,
    });
    expect(status).toBe(202);
    expect(body).toEqual({ phone_number_id: NUMBER, status: 'running', reconciled_at: null });
  });

  test.each<[string, Record<string, string>, string]>([
    ['no number', { version: 'v25.0', phoneNumberId: 'me' }, 'phone_number_id: must be 1 to 32 digits (in the path)'],
    [
      'no version',
      { version: '25', phoneNumberId: NUMBER },
      'version: must look like v25.0 (in the path, before the phone number id)',
    ],
  ])('is refused if the path names %s', async (_, path, message) => {
    const { status, body, reconciled } = await asked(post(path));
    expect({ status, body }).toEqual({ status: 400, body: refusal(message) });
    expect(reconciled).toEqual([]);
  });
});
