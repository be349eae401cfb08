/** The authorizer as API Gateway sees it: an answer, an error that means 401, or one that means 500. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { authorizeKey } from '../../../lambdas/core/keys/authorize-key.ts';
import { createKey } from '../../../lambdas/core/keys/create-key.ts';
import { authorizer } from '../../../lambdas/runtime/authorizer.ts';
import { keySecretsOf } from '../../../lambdas/runtime/key-secrets.ts';
import { logger } from '../../../lambdas/runtime/logger.ts';
import { InMemoryKeyStore } from '../../support/in-memory-key-store.ts';

const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/POST/106540352242922/block_users';

async function world() {
  const deps = {
    keys: new InMemoryKeyStore(),
    secrets: keySecretsOf('prod'),
    clock: { now: () => Date.parse('2027-01-31T10:00:00.000Z') },
    log: { fault: vi.fn() },
  };
  const made = await createKey(deps, {
    name: 'support',
    scopes: ['write'],
    phoneNumberIds: undefined,
    lifeSeconds: 60,
    actor: 'arn:aws:iam::111122223333:role/platform',
  });
  const handler = authorizer((token) => authorizeKey(deps, token));
  const ask = (authorizationToken: unknown) => handler({ type: 'TOKEN', authorizationToken, methodArn: METHOD_ARN });
  return { ...made, deps, handler, ask };
}

afterEach(() => vi.restoreAllMocks());

test('answers for a key with a policy and what the functions need', async () => {
  const { ask, token, key } = await world();
  const answer = { principalId: 'api-key/support', context: { keyId: key.id, scopes: 'write', numbers: '*' } };
  expect(await ask(`Bearer ${token}`)).toMatchObject(answer);
  expect(await ask(`bearer ${token}`)).toMatchObject(answer);
});

describe('fails with exactly the text that API Gateway takes for 401', () => {
  test.each([
    [
      'a key of nobody',
      async ({ deps }: Awaited<ReturnType<typeof world>>) =>
        deps.secrets.write({ id: deps.secrets.newId(), secret: deps.secrets.newSecret() }),
    ],
    ['a slip', async ({ token }) => `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`],
    ['a token of Graph', async () => 'EAAGm0PX4ZCpsBAKZC'],
    ['nothing', async () => ''],
  ])('%s', async (_, make) => {
    const known = await world();
    await expect(known.ask(`Bearer ${await make(known)}`)).rejects.toMatchObject({ message: 'Unauthorized' });
  });
});

test('fails with another text where it does not know, which API Gateway takes for 500, and lets nobody in', async () => {
  const { ask, token, deps, handler } = await world();
  const logged = vi.spyOn(logger, 'error').mockImplementation(() => {});
  // Also where a fault of the table happens to be called the same.
  for (const message of ['connect ECONNREFUSED', 'Unauthorized']) {
    vi.spyOn(deps.keys, 'getKey').mockRejectedValueOnce(new Error(message));
    await expect(ask(`Bearer ${token}`)).rejects.toMatchObject({
      message: 'The key could not be looked up; see the log',
    });
  }
  for (const event of [
    undefined,
    {},
    { type: 'REQUEST', authorizationToken: `Bearer ${token}`, methodArn: METHOD_ARN },
  ]) {
    await expect(handler(event)).rejects.toMatchObject({ message: 'The key could not be looked up; see the log' });
  }
  expect(logged).toHaveBeenCalledTimes(5);
});

test('logs which key it was and why it was refused, and nothing that could be used', async () => {
  const { ask, token, key, deps } = await world();
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const wrong = deps.secrets.write({ id: key.id, secret: deps.secrets.newSecret() });
  await ask(`Bearer ${token}`);
  for (const refused of [wrong, token.slice(0, -1), `${token}0`]) {
    await expect(ask(`Bearer ${refused}`)).rejects.toThrow('Unauthorized');
  }
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: 'key accepted', key_id: key.id },
    { message: 'key refused', key_id: key.id, refused: 'wrong_secret' },
    { message: 'key refused', refused: 'malformed' },
    { message: 'key refused', refused: 'malformed' },
  ]);
  for (const secret of [token, wrong].map((one) => deps.secrets.read(one)?.secret ?? '')) {
    expect(secret).toHaveLength(43);
    expect(lines.join('\n')).not.toContain(secret.slice(0, 8));
  }
});
