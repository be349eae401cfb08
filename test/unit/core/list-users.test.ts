import { expect, it } from 'vitest';
import { SummaryCache } from '../../../lambdas/core/blocklist/ask.ts';
import { listBlocked } from '../../../lambdas/core/blocklist/list-users.ts';
import { TokenMissingError } from '../../../lambdas/core/errors.ts';
import { submitChange } from '../../../lambdas/core/submit-change.ts';
import { changeRequest, createWorld, NUMBER, phones } from '../../support/world.ts';

async function listWith(credentials: () => Promise<never>) {
  const world = createWorld();
  await submitChange(world.deps, changeRequest(phones(3)));
  world.tokens.credentials = credentials;
  const summaries = new SummaryCache(world.store, world.clock);
  return listBlocked({ ...world.deps, summaries }, { phoneNumberId: NUMBER, limit: 10 });
}

it('lists nothing of a number that has no token, and says why', async () => {
  await expect(listWith(() => Promise.reject(new TokenMissingError('put it in')))).rejects.toThrow('put it in');
});

it('lists the mirror although the secret cannot be read', async () => {
  const page = await listWith(() => Promise.reject(new Error('Secrets Manager is down')));
  expect(page.users).toHaveLength(3);
});
