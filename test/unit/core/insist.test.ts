import { beforeEach, expect, it } from 'vitest';
import { insist } from '../../../lambdas/core/blocklist/insist.ts';
import { phone } from '../../support/fake-graph.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { change, rightBefore, stored, toldOf } from './reconciliation-steps.ts';

const [A = ''] = phones(1);

let world: World;
beforeEach(async () => {
  world = createWorld();
  await change(world, [A]);
});

async function insistOnBlock(): Promise<boolean> {
  const request = { phoneNumberId: NUMBER, action: 'block', operationId: 'op', source: 'api', actor: 'ana' } as const;
  const credentials = await world.deps.tokens.credentials();
  return insist(world.deps, { ...request, credentials }, [phone(A)]);
}

it('leaves on the mirror when Graph was asked once more, for others whose calls were under way', async () => {
  const at = new Date(world.clock.now()).toISOString();
  world.graph.meanwhile = async () => world.clock.advance(300);
  expect(await insistOnBlock()).toBe(true);
  expect(stored(world, A)).toMatchObject({ state: 'blocked', observedAt: at, callMs: 300 });
});

it.each([
  ['while Graph is asked', () => (world.graph.meanwhile = () => change(world, [A], { action: 'unblock' }))],
  ['while it is recorded', () => rightBefore(world, 'putUsers', () => change(world, [A], { action: 'unblock' }))],
])('leaves it to Graph’s list where somebody else changes the user %s', async (_, meet) => {
  meet();
  expect(await insistOnBlock()).toBe(false);
  expect(toldOf(world, A)).toEqual(['block api support', 'unblock api support']);
  expect(stored(world, A)).toMatchObject({ state: 'unblocked' });
});
