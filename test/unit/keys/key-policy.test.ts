import { describe, expect, test } from 'vitest';
import { KEY_SCOPES, type KeyScope, routes, routesOf, type Scope } from '../../../lambdas/contract/routes.ts';
import { keyAnswer } from '../../../lambdas/http/key-policy.ts';
import { evaluatePolicy } from '../../support/evaluate-policy.ts';
import { A_KEY } from '../../support/key-contract.ts';

const STAGE = 'arn:aws:execute-api:eu-west-1:111122223333:abc123/prod';
const INVOKE = 'execute-api:Invoke';

/** Written down here, so that a scope does not grow by a slip in the table. */
const MAY: Record<KeyScope, readonly Scope[]> = {
  read: ['read'],
  write: ['read', 'write'],
  operate: ['read', 'write', 'operate'],
  webhook: ['webhook'],
};
const NAMES: readonly KeyScope[] = ['read', 'write', 'operate', 'webhook'];
/** Each alone, and every pair. */
const KEYS: readonly (readonly KeyScope[])[] = [
  ...NAMES.map((scope) => [scope]),
  ...NAMES.flatMap((one) => NAMES.filter((other) => one < other).map((other) => [one, other])),
];

const call = (method: string, path: string) =>
  `${method}/${path
    .slice(1)
    .replace('{version}/{phoneNumberId}', 'v25.0/106540352242922')
    .replace('{version}', '106540352242922')
    .replace('{user}', '%2B16505551234')
    .replace('{id}', '106540352242922-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z')}`;
const ROUTES = routesOf('apiKey', ['iam', 'apiKey']).map(
  ({ method, path, scope }) => [call(method, path), scope] as const,
);

test('a key can be made for what is written down here', () => expect(KEY_SCOPES).toEqual(MAY));

describe.each(KEYS.map((scopes) => [scopes.join(' and '), scopes] as const))('a key for %s', (_, scopes) => {
  // Whatever was called first: API Gateway keeps the answer, and judges the next call by it.
  const { policyDocument } = keyAnswer({ ...A_KEY, scopes }, `${STAGE}/GET/health`);
  const may = scopes.flatMap((scope) => MAY[scope]);

  test.each(ROUTES)('%s (%s) is allowed, or denied by name', (asked, scope) => {
    const expected = may.includes(scope) ? 'Allow' : 'Deny';
    expect(evaluatePolicy(policyDocument, INVOKE, `${STAGE}/${asked}`)).toBe(expected);
  });

  test('may call nothing of another stage, another API or another kind, nor a route that is not there', () => {
    for (const [asked] of ROUTES) {
      for (const other of [STAGE.replace('/prod', '/dev'), STAGE.replace('abc123', 'abc124')]) {
        expect(evaluatePolicy(policyDocument, INVOKE, `${other}/${asked}`)).toBe('none');
      }
      expect(evaluatePolicy(policyDocument, 'execute-api:ManageConnections', `${STAGE}/${asked}`)).toBe('none');
    }
    for (const { method, path } of routes().filter(({ scope }) => scope === 'keys')) {
      expect(evaluatePolicy(policyDocument, INVOKE, `${STAGE}/${call(method, path)}`)).not.toBe('Allow');
    }
    for (const asked of ['PUT/106540352242922/block_users', 'OPTIONS/jobs', 'GET/', 'GET/admin']) {
      expect(evaluatePolicy(policyDocument, INVOKE, `${STAGE}/${asked}`)).toBe('none');
    }
  });

  test('is told of with all that the functions need, in texts, and with no secret', () => {
    const { context, principalId } = keyAnswer({ ...A_KEY, scopes }, `${STAGE}/GET/health`);
    expect(principalId).toBe('api-key/Support-Desk');
    expect(context).toEqual({
      keyId: A_KEY.id,
      keyName: 'Support-Desk',
      scopes: scopes.join(','),
      numbers: '106540352242922,106540352242923',
    });
  });
});

test('the answer for 100 long numbers stays below the 8 KB that API Gateway keeps', () => {
  const phoneNumberIds = Array.from({ length: 100 }, (_, index) => String(10n ** 31n + BigInt(index)));
  const answer = keyAnswer({ ...A_KEY, name: 'x'.repeat(64), scopes: NAMES, phoneNumberIds }, `${STAGE}/GET/health`);
  expect(JSON.stringify(answer).length).toBeLessThan(8_000);
});

test('the evaluator lets a Deny win, and takes a star for slashes too', () => {
  const document = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: 'a/*' },
      { Effect: 'Deny', Action: INVOKE, Resource: ['a/*/c?'] },
    ],
  };
  const verdicts = ['a/b', 'a/b/c1', 'a/b/b/c2', 'a/b/c12', 'b/a'].map((one) => evaluatePolicy(document, INVOKE, one));
  expect(verdicts).toEqual(['Allow', 'Deny', 'Deny', 'Allow', 'none']);
});
