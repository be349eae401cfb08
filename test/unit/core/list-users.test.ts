import { expect, it } from 'vitest';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import { submitChange } from '../../../lambdas/core/jobs/submit-change.ts';
import { listBlockedUsers } from '../../../lambdas/core/users/list-users.ts';
import { SummaryCache } from '../../../lambdas/core/users/summary-cache.ts';
import { changeRequest, createWorld, NUMBER, phones } from '../../support/world.ts';

async function listWith(credentials: () => Promise<never>) {
  const world = createWorld();
  await submitChange(world.deps, changeRequest(phones(3)));
  world.tokens.credentials = credentials;
  const summaries = new SummaryCache(world.store, world.clock);
  return listBlockedUsers({ ...world.deps, summaries }, { phoneNumberId: NUMBER, limit: 10 });
}

it('lists nothing of a number that has no token, and says why', async () => {
  await expect(listWith(() => Promise.reject(new TokenMissingError('put it in')))).rejects.toThrow('put it in');
});

it('lists the mirror although the secret cannot be read', async () => {
  const page = await listWith(() => Promise.reject(new Error('Secrets Manager is down')));
  expect(page.users).toHaveLength(3);
});
