import { expect, test } from 'vitest';
import { failureOf } from '../../../console/page/service/failure.ts';

const none = { retryAfter: null, requestId: null };
const graph = (message: string, details?: string) => ({
  error: { message, ...(details !== undefined && { error_data: { details } }) },
});

test.each([
  ['an expired token of AWS', 403, { message: 'The security token included in the request is expired' }, 'signIn'],
  ['a caller without the permission', 403, { Message: 'User is not authorized to perform' }, 'forbidden'],
  ['a caller of other numbers', 403, graph('This caller may not use phone_number_id 1'), 'forbidden'],
  ['a revoked key', 401, { message: 'Unauthorized' }, 'signIn'],
  ['no such job', 404, graph('id: there is no job'), 'notFound'],
  ['a refused field', 400, graph('reason: too long'), 'refused'],
  ['a conflict', 409, graph('the job was reverted'), 'refused'],
  ['a throttled service', 429, graph('slow down'), 'unavailable'],
  ['a token that Graph refuses', 502, graph('token'), 'unavailable'],
  ['no answer in time', 504, undefined, 'unavailable'],
  ['no credentials', 401, { console: { kind: 'signIn', message: 'over', hint: 'aws sso login' } }, 'signIn'],
  ['a tab without the secret', 401, { console: { kind: 'locked', message: 'no key' } }, 'locked'],
  ['a service out of reach', 502, { console: { kind: 'unreachable', message: 'ENOTFOUND' } }, 'unreachable'],
  ['a console that only reads', 403, { console: { kind: 'readOnly', message: 'reads' } }, 'readOnly'],
])('%s', (...[, status, body, kind]) => {
  expect(failureOf({ ...none, status, body })).toMatchObject({ kind });
});

test('says what the service said, once', () => {
  const said = (body: unknown) => failureOf({ ...none, status: 400, body }).message;
  expect(said(graph('(#100) Invalid parameter', 'reason: too long'))).toBe('reason: too long');
  expect(said(graph('reason: too long', 'reason: too long'))).toBe('reason: too long');
  expect(said(graph('Refused', 'by Graph'))).toBe('Refused: by Graph');
  expect(said('<html>')).toBe('The service answered 400');
});

test('and when to try again, and how to find it in the log', () => {
  const found = failureOf({ status: 503, body: graph('later'), retryAfter: '7', requestId: 'req-1' });
  expect(found).toMatchObject({ retryAfter: 7, requestId: 'req-1' });
});
