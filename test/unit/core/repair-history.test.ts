import { beforeEach, describe, expect, it } from 'vitest';
import { isAlias } from '../../../lambdas/core/users/mirror.ts';
import { anOperation, auditEvent, ofSize } from '../../support/contract-fixtures.ts';
import { createTestJob, createWorld, NUMBER, phones, runJob, type World } from '../../support/world.ts';
import { attempt } from './job-steps.ts';
import {
  change,
  failOnce,
  MINUTE_MS,
  reconcile,
  recordedHistory,
  rightBefore,
  size,
  stored,
} from './reconciliation-steps.ts';

const [A = ''] = phones(1);

let world: World;
beforeEach(async () => {
  world = createWorld();
  await change(world, [A], { reason: 'spam' });
  // An unblock that Graph carried out and the history records; the mirror never showed it.
  failOnce(world, 'putUsers');
  await expect(change(world, [A], { action: 'unblock' })).rejects.toThrow('DynamoDB is down');
  expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock api support']);
  world.clock.advance(1_000);
});

describe('the history of a user, after an unblock that died before it reached the mirror,', () => {
  it('ends with the block that came after it, although that block changed nothing in the mirror', async () => {
    await change(world, [A], { reason: 'spam' });
    expect(recordedHistory(world, A)).toHaveLength(2);
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, A)).toEqual([
      'block api support spam',
      'unblock api support',
      'block api support spam',
    ]);
    await reconcile(world);
    expect(recordedHistory(world, A)).toHaveLength(3);
  });

  it('ends with a block by another application if that is what happened', async () => {
    world.graph.blockElsewhere(A);
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual([
      'block api support spam',
      'unblock api support',
      'block external external',
    ]);
    expect(size(world)).toBe(1);
  });

  it('ends with an overlapping block if Graph carried out the block last', async () => {
    world.graph.meanwhile = async () => {
      world.clock.advance(100);
      failOnce(world, 'putUsers');
      await expect(change(world, [A], { action: 'unblock' })).rejects.toThrow('DynamoDB is down');
      world.clock.advance(100);
    };
    await change(world, [A], { reason: 'fraud' });
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 0 });
    expect(recordedHistory(world, A).at(-1)).toBe('block api support fraud');
    expect(recordedHistory(world, A).join()).not.toContain('external');
  });

  it('ends with the unblock if nothing came after it, recorded once', async () => {
    world.clock.advance(6 * MINUTE_MS);
    expect(await reconcile(world)).toEqual({ added: 0, removed: 1 });
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock api support']);
    expect(size(world)).toBe(0);
  });

  it('is left alone while the unblock may still be in progress', async () => {
    world.graph.blockElsewhere(A);
    world.clock.advance(3 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual(['block api support spam', 'unblock api support']);
  });

  it('gets the missing event once if the request named the user by two ids', async () => {
    const [sent = '', waId = ''] = phones(2, 16_505_560_000);
    world.graph.names.set(sent, { waId });
    await change(world, [sent], { reason: 'spam' });
    failOnce(world, 'putUsers');
    await expect(change(world, [sent, waId], { action: 'unblock' })).rejects.toThrow('DynamoDB is down');
    world.clock.advance(1_000);
    await change(world, [sent], { reason: 'spam' });
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, waId)).toEqual([
      'block api support spam',
      'unblock api support',
      'block api support spam',
    ]);
  });

  it('waits for a job that still processes the user, and then records the result', async () => {
    world = createWorld();
    // A request records its event, and dies; the worker of a job for the same user dies before it records anything.
    failOnce(world, 'putUsers');
    await expect(change(world, [A], { reason: 'spam' })).rejects.toThrow('DynamoDB is down');
    world.clock.advance(1_000);
    const job = await createTestJob(world, [A]);
    failOnce(world, 'appendEvents');
    await expect(attempt(world, job, 0)).rejects.toThrow('DynamoDB is down');
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, A)).toEqual(['block api support spam']);
    expect(await world.store.listOpenOperations(NUMBER)).toHaveLength(2);
    await runJob(world, job);
    await reconcile(world);
    expect(stored(world, A)).toMatchObject({ state: 'blocked' });
    expect(recordedHistory(world, A).at(-1)).toMatch(/^block/);
    expect(await world.store.listOpenOperations(NUMBER)).toEqual([]);
  });
});

describe('the history of a user, if the worker of an operation of unknown outcome goes on while it is looked at,', () => {
  const unsure = {
    status: 'uncertain',
    succeeded: 0,
    failed: 0,
    deferred: 0,
    delta: ofSize(0),
    durationMs: 1,
  } as const;

  it.each([
    ['has only recorded its change', false],
    ['has ended', true],
  ])('is left to the worker, which %s', async (_, ends) => {
    world = createWorld();
    await change(world, [A], { reason: 'spam' });
    const operation = anOperation(NUMBER, { action: 'unblock', startedAt: world.clock.iso(), ids: [A] });
    await world.store.startOperation(operation);
    await world.store.completeOperation(operation, unsure);
    world.clock.advance(MINUTE_MS);
    const unblock = auditEvent(A, world.clock.iso(), { action: 'unblock', operationId: operation.operationId });
    rightBefore(world, 'pageEvents', async () => {
      await world.store.resumeOperation(operation);
      await world.store.appendEvents(NUMBER, [unblock]);
    });
    if (ends) {
      const { listOpenOperations } = world.store;
      world.store.listOpenOperations = async (number) => {
        const prior = stored(world, A);
        const hasGoneOn = [...world.store.events.values()].some(({ action }) => action === 'unblock');
        if (hasGoneOn && prior && !isAlias(prior)) {
          const next = { ...prior, state: 'unblocked', blockedAt: undefined, revision: prior.revision + 1 } as const;
          await world.store.putUsers(number, [{ id: A, prior, next }]);
          await world.store.completeOperation(operation, { ...unsure, status: 'finished', succeeded: 1 });
        }
        return listOpenOperations.call(world.store, number);
      };
    }
    await reconcile(world);
    expect(recordedHistory(world, A).at(-1)).toMatch(/^unblock/);
    expect(recordedHistory(world, A)).toHaveLength(2);
  });
});

describe('a history that ends with an unblock which another operation recorded once more', () => {
  it('ends with the block of the mirror when the operations are long over', async () => {
    await change(world, [A], { reason: 'spam' });
    // As an operation does that converges when another one has written its event, and not yet the mirror.
    const [block] = [...world.store.events.values()].filter((event) => event.action === 'block');
    if (!block) throw new Error('Nobody was blocked');
    const at = new Date(world.clock.now()).toISOString();
    await world.store.appendEvents(NUMBER, [{ ...block, at, action: 'unblock', operationId: 'ended' }]);
    world.clock.advance(1_000);
    await change(world, [A], { reason: 'spam' });
    await reconcile(world);
    expect(recordedHistory(world, A).at(-1)).toBe('unblock api support spam');
    world.clock.advance(6 * MINUTE_MS);
    await reconcile(world);
    expect(recordedHistory(world, A).at(-1)).toBe('block api support spam');
  });
});
