import { beforeEach, expect, it } from 'vitest';
import { callForUsers } from '../../../lambdas/core/changes/call-for-users.ts';
import { changeUsers } from '../../../lambdas/core/changes/change-users.ts';
import { converge } from '../../../lambdas/core/changes/converge.ts';
import type { Identity } from '../../../lambdas/core/users/identity.ts';
import { phone } from '../../support/fake-graph.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { change, recordedHistory, rightBefore, stored } from './reconciliation-steps.ts';

const [A = '', B = ''] = phones(2);
const no = { code: 131047, message: 'Re-engagement required' };
const unblock = () => change(world, [A], { action: 'unblock' });

let world: World;
beforeEach(async () => {
  world = createWorld();
  await change(world, [A]);
});

/** Gives the ids for which Graph may have something else than the mirror. */
async function converged(...identities: Identity[]): Promise<string[]> {
  const credentials = await world.deps.tokens.credentials();
  const operation = { phoneNumberId: NUMBER, operationId: 'op', source: 'api', actor: 'ana' } as const;
  const ask = (action: 'block' | 'unblock', users: readonly Identity[]) =>
    callForUsers(world.deps, { phoneNumberId: NUMBER, credentials, action, identities: users });
  return [...(await converge(world.deps, { ...operation, ask }, identities))];
}

it('makes Graph match the mirror, and records when, so that an operation whose call was in progress finds the overlap', async () => {
  const at = world.clock.iso();
  world.graph.unblockElsewhere(A);
  world.graph.blockElsewhere(B);
  world.graph.meanwhile = async () => world.clock.advance(300);
  expect(await converged(phone(A), phone(B))).toEqual([]);
  expect(world.graph.blocked).toEqual(new Set([A]));
  expect(stored(world, A)).toMatchObject({ state: 'blocked', observedAt: at, callDurationMs: 300 });
  expect(stored(world, B)).toBeUndefined();
  expect(recordedHistory(world, A)).toEqual(['block api support']);
});

it.each([
  ['while Graph is asked', () => (world.graph.meanwhile = unblock)],
  ['while it is recorded', () => rightBefore(world, 'putUsers', unblock)],
])('makes Graph match the mirror again if another operation changes the user %s', async (_, meet) => {
  meet();
  expect(await converged(phone(A))).toEqual([]);
  expect(world.graph.blocked).toEqual(new Set());
  expect(recordedHistory(world, A)).toEqual(['block api support', 'unblock api support']);
  expect(stored(world, A)).toMatchObject({ state: 'unblocked' });
});

it('corrects a history whose last state differs from the mirror, on behalf of the caller who asked for that state', async () => {
  const event = { user: A, operationId: 'other', action: 'unblock', outcome: 'succeeded', source: 'job' } as const;
  await world.store.appendEvents(NUMBER, [{ ...event, actor: 'ben', at: world.clock.iso() }]);
  expect(await converged(phone(A))).toEqual([]);
  expect(recordedHistory(world, A)).toEqual(['block api support', 'unblock job ben', 'block api support']);
});

it('records the time under an id whose user has moved, since the id may belong to somebody else now', async () => {
  world.store.users.set(`${NUMBER}/${B}`, { aliasOf: A, isPreviousId: true, revision: 1 });
  world.graph.blockElsewhere(B);
  expect(await converged(phone(B))).toEqual([]);
  expect(world.graph.blocked).toEqual(new Set([A]));
  expect(stored(world, B)).toMatchObject({
    aliasOf: A,
    isPreviousId: true,
    observedAt: world.clock.iso(),
    callDurationMs: 0,
  });
});

it('returns the users that Graph refuses, and all users if Graph refuses the request', async () => {
  await change(world, [B]);
  world.graph.failures.set(A, [no]);
  expect(await converged(phone(A), phone(B))).toEqual([A]);
  world.graph.refuse({ kind: 'permanent', code: 100, message: 'no' });
  expect(await converged(phone(A), phone(B))).toEqual([A, B]);
});

it('returns users that others keep changing, after three attempts', async () => {
  let changes = 0;
  const { putUsers } = world.store;
  world.store.putUsers = async (...args) => {
    world.store.putUsers = putUsers;
    changes += 1;
    await change(world, [A], { action: changes % 2 === 0 ? 'block' : 'unblock' });
    const lockConflicts = await putUsers.apply(world.store, args);
    world.store.putUsers = interfering;
    return lockConflicts;
  };
  const interfering = world.store.putUsers;
  expect(await converged(phone(A))).toEqual([A]);
  expect(changes).toBe(3);
});

it('an unblock that overlapped with a block is recorded once, although another unblock is recorded meanwhile', async () => {
  let first: Promise<void> | undefined;
  world.graph.meanwhile = async () => {
    world.clock.advance(50);
    world.graph.meanwhile = async () => {
      await block;
      rightBefore(world, 'putUsers', unblock);
    };
    first = change(world, [A], { action: 'unblock', reason: 'fraud' });
    await expect.poll(() => world.graph.calls.length).toBe(3);
    world.clock.advance(50);
  };
  // A block that this service makes by itself, so that the caller's unblock counts, after it.
  const credentials = await world.deps.tokens.credentials();
  const made = { action: 'block', source: 'webhook', actor: 'blocklist', identities: [phone(A)] } as const;
  const block = changeUsers(world.deps, { phoneNumberId: NUMBER, credentials, ...made });
  await block;
  await first;
  expect(stored(world, A)).toMatchObject({ state: 'unblocked' });
  const own = recordedHistory(world, A).filter((text) => text.endsWith('fraud'));
  expect(own).toEqual(['unblock api support fraud']);
});
