import { describe, expect, test } from 'vitest';
import { routes } from '../../../lambdas/contract/routes.ts';
import { checkAnswer, routeOf } from '../../../lambdas/openapi/check-answer.ts';
import { REQUEST_ID, refusal } from '../../support/gateway.ts';

const headers = [['X-Request-Id', REQUEST_ID]] as const;
const health = { method: 'GET', path: '/health', headers };

describe('an answer', () => {
  test('passes if it is as documented, a refusal too', () => {
    checkAnswer({ ...health, status: 200, body: { status: 'ok' } });
    checkAnswer({ ...health, status: 400, body: refusal('limit: no') });
    const inTime = [...headers, ['Retry-After', '5']] as const;
    checkAnswer({ ...health, headers: inTime, status: 503, body: refusal('no') });
    checkAnswer({ method: 'GET', path: '/no/such/route', headers, status: 403, body: refusal('no') });
  });

  test.each([
    ['has a field that is not documented', { status: 200, body: { status: 'ok', uptime: 1 } }, /undocumented.*uptime/s],
    ['lacks a field', { status: 200, body: {} }, /undocumented body.*status/s],
    ['has a status that is not documented', { status: 202, body: { status: 'ok' } }, /202, which is not documented/],
    ['refuses with a status that is not documented', { status: 409, body: refusal('no') }, /409, which is not docum/],
    ['is a refusal in another shape', { status: 500, body: { message: 'Internal server error' } }, /undocumented body/],
    ['has no request id', { headers: [], status: 200, body: { status: 'ok' } }, /without the documented x-request-id/],
    ['does not say when to come again', { status: 503, body: refusal('no') }, /without the documented Retry-After/],
    ['is no JSON', { status: 500, body: '<html>' }, /undocumented body/],
  ])('fails if it %s', (_, answer, message) => {
    expect(() => checkAnswer({ ...health, ...answer })).toThrow(message);
  });

  test('has results of users beside the error if it is a 400 of a block, and never else', () => {
    const entry = { input: '1', errors: [{ message: 'no', code: 100, error_data: { details: 'no' } }] };
    const { error } = refusal('no');
    const body = {
      messaging_product: 'whatsapp',
      block_users: { added_users: [], failed_users: [entry] },
      error: { ...error, code: 139_100 },
    };
    checkAnswer({ method: 'POST', path: '/v25.0/1/block_users', headers, status: 400, body });
    for (const [method, path, status] of [
      ['DELETE', '/v25.0/1/block_users', 400],
      ['POST', '/v25.0/1/block_users', 409],
      ['POST', '/jobs', 400],
    ] as const)
      expect(() => checkAnswer({ method, path, headers, status, body }), `${method} ${path} ${status}`).toThrow(
        /undocumented/,
      );
  });
});

describe('the route of a path', () => {
  test.each(routes())('is $method $path', ({ method, path, handler }) => {
    expect(routeOf(method, path)).toMatchObject({ path, handler });
    const concrete = path.replace('{version}', 'v25.0').replace(/\{\w+\}/g, '16505551234');
    expect(routeOf(method, concrete)).toMatchObject({ path, handler });
  });

  test('is none if there is no such route', () => {
    for (const path of ['/', '/jobs/', '/v25.0//block_users', '/health/x'])
      expect(routeOf('GET', path)).toBeUndefined();
    expect(routeOf('PUT', '/health')).toBeUndefined();
  });
});
