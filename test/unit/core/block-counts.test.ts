import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../lambdas/core/durations.ts';
import { Tally } from '../../../lambdas/core/reconciliation/tally.ts';
import { codeOf } from '../../support/paired-reasons.ts';
import { createWorld, NUMBER, phones, type World } from '../../support/world.ts';
import { change, reconcile, rightBefore, stored } from './reconciliation-steps.ts';
import { defer } from './scheduled-steps.ts';

const [A = '', B = '', C = '', D = '', E = '', F = ''] = phones(6);
const SPAM = codeOf('spam') ?? '';
const FRAUD = codeOf('fraud') ?? '';

let world: World;
beforeEach(() => {
  world = createWorld();
});
const counted = () => world.store.summaries.get(NUMBER)?.blockCounts;
const days = (count: number) => world.clock.advance(count * DAY_MS);
const inDays = (count: number) => new Date(world.clock.now() + count * DAY_MS).toISOString();

describe('a reconciliation counts the blocks', () => {
  it('by reason code, by age, and those that end by themselves', async () => {
    await change(world, [A, B], { reason: 'spam' });
    days(60);
    await change(world, [C], { reason: 'fraud' });
    days(5);
    await change(world, [D], { expiresAt: inDays(30) });
    await change(world, [E], { reason: 'spam', expiresAt: inDays(30) });
    await defer(world, [F], { reason: 'fraud' });
    await reconcile(world);
    expect(counted()).toEqual({
      total: 5,
      expiring: 2,
      byReasonCode: { [SPAM]: 3, [FRAUD]: 1 },
      olderThanDays: { 7: 2, 30: 2, 90: 0, 180: 0, 365: 0 },
    });
    // Blocked again, for another reason: the block is as old as before.
    await change(world, [A], { reason: 'fraud' });
    days(350);
    await change(world, [B], { action: 'unblock' });
    await reconcile(world);
    expect(counted()).toMatchObject({
      total: 4,
      byReasonCode: { [SPAM]: 1, [FRAUD]: 2 },
      olderThanDays: { 7: 4, 30: 4, 90: 4, 180: 4, 365: 1 },
    });
  });

  it('of an empty list', async () => {
    await reconcile(world);
    expect(counted()).toEqual({
      total: 0,
      expiring: 0,
      byReasonCode: {},
      olderThanDays: { 7: 0, 30: 0, 90: 0, 180: 0, 365: 0 },
    });
  });

  it('with its own corrections', async () => {
    await change(world, [A, B], { reason: 'spam' });
    world.graph.unblockElsewhere(A);
    world.graph.blockElsewhere(C);
    await reconcile(world);
    expect(counted()).toMatchObject({ total: 2, byReasonCode: { [SPAM]: 1 } });
  });

  it('with what others changed while it read', async () => {
    await change(world, [A, B], { reason: 'spam' });
    world.graph.blockElsewhere(C);
    rightBefore(world, 'putUsersWithEvents', () => change(world, [C], { reason: 'fraud' }));
    await reconcile(world);
    expect(stored(world, C)).toMatchObject({ state: 'blocked', reasonCode: FRAUD });
    // What it had read of C is not what C has now; the next one counts that.
    expect(counted()).toMatchObject({ total: 2, byReasonCode: { [SPAM]: 2 } });
    await reconcile(world);
    expect(counted()).toMatchObject({ total: 3, byReasonCode: { [SPAM]: 2, [FRAUD]: 1 } });
  });
});

describe('the age of a block', () => {
  const at = '2026-11-01T12:00:00.000Z';
  const older = (blockedAt: string | undefined) => {
    const tally = new Tally(at);
    tally.see(A, { state: 'blocked', blockedAt });
    return Object.entries(tally.blockCounts().olderThanDays).flatMap(([age, count]) => (count === 1 ? [age] : []));
  };

  it.each([
    ['2026-11-01T12:00:00.000Z', []],
    ['2026-10-25T12:00:00.000Z', []],
    ['2026-10-25T11:59:59.999Z', ['7']],
    ['2026-10-02T12:00:00.000Z', ['7']],
    ['2026-10-02T11:59:59.999Z', ['7', '30']],
    ['2025-11-01T11:59:59.999Z', ['7', '30', '90', '180', '365']],
    [undefined, []],
  ] as const)('that began at %s', (blockedAt, ages) => {
    expect(older(blockedAt)).toEqual(ages);
  });

  it('counts a user once, as they were seen last, and not one who became an id of somebody else', () => {
    const tally = new Tally(at);
    tally.see(A, { state: 'blocked', reasonCode: 'spam' });
    tally.see(A, { state: 'blocked', reasonCode: 'fraud' });
    tally.see(B, { state: 'blocked', reasonCode: 'fraud' });
    tally.see(C, { state: 'unblocked', reasonCode: 'fraud' });
    tally.forget(B);
    expect(tally.blockCounts()).toMatchObject({ total: 1, byReasonCode: { fraud: 1 } });
  });
});
