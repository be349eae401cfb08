import { beforeEach, expect, test } from 'vitest';
import { listNumbersInUse } from '../../../lambdas/core/users/list-numbers-in-use.ts';
import { numbersResponse, readNumbersPage } from '../../../lambdas/http/numbers-response.ts';
import { gatewayEvent, send } from '../../support/gateway.ts';
import { InMemoryBlocklistStore } from '../../support/in-memory-store.ts';

const [A, B, C] = ['106540352242921', '106540352242922', '106540352242923'] as const;
const AT = '2026-11-01T12:00:00.000Z';
const RULES = { reasonCodes: ['spam', 'chargeback'], requireReason: 'code' } as const;
/** What every page says of the deployment. */
const REASONS = { reason_codes: ['spam', 'chargeback'], require_reason: 'code' };
const EMPTY = {
  size: 0,
  limit: 64_000,
  remaining: 64_000,
  deferred: 0,
  expiring: 0,
  reconciled_at: null,
  drift: null,
};

let store: InMemoryBlocklistStore;
beforeEach(async () => {
  store = new InMemoryBlocklistStore();
  for (const number of [C, A, B]) await store.registerNumber(number, AT);
  const drift = { added: 2, removed: 1 };
  const reconcileFailure = { at: AT, code: 190, message: 'Error validating access token' };
  store.summaries.set(B, { size: 60_000, deferred: 3, expiring: 20, reconciledAt: AT, drift, reconcileFailure });
});

function ask(query: Record<string, string> = {}, numbers?: ReadonlySet<string>) {
  return send(gatewayEvent({ method: 'GET', resource: '/numbers', query }), async (request) => {
    const found = await listNumbersInUse(store, readNumbersPage(request), numbers);
    return numbersResponse(request, { ...found, limit: 64_000, rules: RULES });
  });
}
const cursor = (number: string) => Buffer.from(JSON.stringify([number])).toString('base64url');

test('the numbers in use are listed in their order, each with what is stored of its list', async () => {
  const { status, body } = await ask();
  expect(status).toBe(200);
  expect(body).toEqual({
    data: [
      { phone_number_id: A, ...EMPTY },
      {
        phone_number_id: B,
        size: 60_000,
        limit: 64_000,
        remaining: 4_000,
        deferred: 3,
        expiring: 20,
        reconciled_at: AT,
        drift: { added: 2, removed: 1 },
        reconcile_failure: { at: AT, code: 190, message: 'Error validating access token' },
      },
      { phone_number_id: C, ...EMPTY },
    ],
    paging: { cursors: { before: cursor(A), after: cursor(C) } },
    ...REASONS,
  });
});

test.each([
  ['a caller of every number', undefined],
  ['a caller of these numbers', new Set([A, B, C])],
])('%s reads them page by page', async (_, numbers) => {
  const { body } = await ask({ limit: '2' }, numbers);
  expect(body).toMatchObject({ data: [{ phone_number_id: A }, { phone_number_id: B }] });
  expect(body).toMatchObject({
    paging: { next: expect.stringMatching(new RegExp(`/numbers\\?limit=2&after=${cursor(B)}$`)) },
  });
  const last = await ask({ limit: '2', after: cursor(B) }, numbers);
  expect(last.body).toEqual({
    data: [{ phone_number_id: C, ...EMPTY }],
    paging: { cursors: { before: cursor(C), after: cursor(C) } },
    ...REASONS,
  });
  // A page that is exactly full has no next.
  expect(JSON.stringify((await ask({ limit: '3' }, numbers)).body)).not.toContain('"next"');
});

test('a caller who may use only some numbers sees these, if they are in use', async () => {
  const { body } = await ask({}, new Set([C, '999']));
  expect(body).toMatchObject({ data: [{ phone_number_id: C }] });
  expect(JSON.stringify(body)).not.toMatch(new RegExp(`${A}|${B}|999`));
});

test.each([
  [{ limit: '0' }, /^limit: /],
  [{ after: 'x' }, /^after: is not a cursor/],
  [{ sort: 'size' }, /it takes limit, after/],
])('%j is refused by the name of the field', async (query, details) => {
  const { status, body } = await ask(query);
  expect(status).toBe(400);
  expect(body).toMatchObject({ error: { error_data: { details: expect.stringMatching(details) } } });
});
