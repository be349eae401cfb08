import { describe, expect, it } from 'vitest';
import type { AttemptContext } from '../../../lambdas/core/changes/attempt-context.ts';
import type { UserOutcome } from '../../../lambdas/core/changes/outcome.ts';
import { deltaBetween } from '../../../lambdas/core/changes/totals.ts';
import { transition } from '../../../lambdas/core/changes/transition.ts';
import type { MirrorUser } from '../../../lambdas/core/users/mirror.ts';
import { ofSize } from '../../support/contract-fixtures.ts';
import { phone } from '../../support/fake-graph.ts';
import { ACTOR } from '../../support/world.ts';

const USER = '16505550001';
const ok: UserOutcome = { identity: phone(USER), waId: USER };
const refused: UserOutcome = { identity: phone(USER), failure: { code: 131047, message: 'no' } };
const at = (second: number) => new Date(Date.parse('2026-11-01T12:00:00.000Z') + second * 1000).toISOString();

/** An operation whose call to Graph lasted from one second to another. */
function context(
  action: AttemptContext['action'],
  [from, to]: readonly [from: number, to: number],
  change: Partial<AttemptContext> = {},
): AttemptContext {
  return {
    action,
    operationId: `${action}-${from}`,
    startedAt: at(from),
    observedAt: at(from),
    answeredAt: at(to),
    source: 'api',
    actor: ACTOR,
    ...change,
  };
}

const follow = (prior: MirrorUser | undefined, outcome: UserOutcome, one: AttemptContext) =>
  transition({ user: USER, prior, outcome }, one);

/** What one operation left on the mirror. */
function remainingAfter(outcome: UserOutcome, one: AttemptContext, prior?: MirrorUser): MirrorUser {
  const { next } = follow(prior, outcome, one);
  if (!next) throw new Error('Nothing was written');
  return next;
}

describe('two operations on one user conflict', () => {
  it('if one began later, ended first, and asked for another state', () => {
    const unblocked = remainingAfter(ok, context('unblock', [2, 5]));
    const late = follow(unblocked, ok, context('block', [0, 10], { reason: 'late' }));
    expect(late.conflict).toBe(true);
    // The state stays that of the operation that began last. The history has what Graph answered to the other.
    expect(late).toMatchObject({ delta: ofSize(0), event: { action: 'block', outcome: 'succeeded', reason: 'late' } });
    expect(late.next).toBeUndefined();
  });

  it('if one began earlier, and got its answer after the other began', () => {
    const blocked = remainingAfter(ok, context('block', [0, 5]));
    const change = follow(blocked, ok, context('unblock', [4, 8]));
    expect(change).toMatchObject({
      conflict: true,
      delta: deltaBetween(ofSize(1), ofSize(0)),
      next: { state: 'unblocked' },
    });
  });
});

describe('two operations on one user do not conflict', () => {
  it.each([
    ['if one ended before the other began', remainingAfter(ok, context('block', [0, 3])), context('unblock', [4, 8])],
    [
      'if one ended at the moment when the other began',
      remainingAfter(ok, context('block', [0, 4])),
      context('unblock', [4, 8]),
    ],
    [
      'if they overlap and ask for the same state',
      remainingAfter(ok, context('block', [0, 5])),
      context('block', [4, 8]),
    ],
    [
      'if they overlap, ask for the same state, and the earlier one writes last',
      remainingAfter(ok, context('block', [2, 5])),
      context('block', [0, 8]),
    ],
    [
      'if one of them was refused, which says nothing about the state',
      remainingAfter(refused, context('block', [2, 5])),
      context('unblock', [0, 8]),
    ],
  ])('%s', (_, prior, second) => {
    expect(follow(prior, ok, second).conflict ?? false).toBe(false);
  });

  it('if a refusal was recorded later: it is no observation, and does not hinder an earlier block', () => {
    const change = follow(remainingAfter(refused, context('unblock', [2, 5])), ok, context('block', [0, 8]));
    expect(change).toMatchObject({ next: { state: 'blocked' }, delta: ofSize(1), event: { action: 'block' } });
  });
});

describe('an operation whose change a reconciliation saw before it was recorded', () => {
  const external: Partial<AttemptContext> = { source: 'external', actor: 'external', operationId: 'reconciliation' };
  const own: Partial<AttemptContext> = { reason: 'spam', onBehalfOf: 'ana' };

  it('takes a block over as its own', () => {
    const seen = remainingAfter(ok, context('block', [5, 6], external));
    const change = follow(seen, ok, context('block', [0, 4], own));
    expect(change.next).toMatchObject({
      state: 'blocked',
      source: 'api',
      actor: ACTOR,
      reason: 'spam',
      onBehalfOf: 'ana',
      input: `+${USER}`,
      operationId: 'block-0',
      observedAt: at(5),
      revision: seen.revision + 1,
    });
    // The reconciliation has counted it.
    expect(change).toMatchObject({ delta: ofSize(0), event: { actor: ACTOR, reason: 'spam' } });
    expect(change.conflict ?? false).toBe(false);
  });

  it('takes an unblock over as its own', () => {
    const blocked = remainingAfter(ok, context('block', [-10, -9]));
    const seen = remainingAfter(ok, context('unblock', [5, 6], external), blocked);
    const change = follow(seen, ok, context('unblock', [0, 4], own));
    expect(change).toMatchObject({ delta: ofSize(0), next: { state: 'unblocked', source: 'api', actor: ACTOR } });
  });

  it('counts nothing when it is repeated after a crash', () => {
    const taken = remainingAfter(ok, context('block', [0, 4]), remainingAfter(ok, context('block', [5, 6], external)));
    const repeated = follow(taken, ok, context('block', [20, 21], { operationId: 'block-0', startedAt: at(0) }));
    expect(repeated).toMatchObject({ delta: ofSize(0), next: { observedAt: at(20) } });
    expect(repeated.event).toBeUndefined();
  });

  it('does not take over what another operation of this service did', () => {
    const other = remainingAfter(ok, context('block', [5, 6], { actor: 'someone' }));
    const change = follow(other, ok, context('block', [0, 4]));
    expect(change.next).toBeUndefined();
    expect(change.event).toMatchObject({ actor: ACTOR });
  });

  it('conflicts with the opposite change, and converges', () => {
    const seen = remainingAfter(ok, context('unblock', [5, 6], external));
    const change = follow(seen, ok, context('block', [0, 4], own));
    expect(change).toMatchObject({ conflict: true, delta: ofSize(1), event: { action: 'block', reason: 'spam' } });
    expect(change.next).toMatchObject({ state: 'blocked', source: 'api', reason: 'spam' });
  });
});

describe('a scheduled unblock that is not due any more, since another one ended the block', () => {
  const EXPIRY = { source: 'expiry', scheduledAction: 'expiry', actor: 'blocklist' } as const;
  const blocked = remainingAfter(ok, context('block', [0, 1], { expiresAt: at(2) }));
  const ended = remainingAfter(ok, context('unblock', [3, 4], EXPIRY), blocked);
  const again = context('unblock', [6, 9], EXPIRY);

  it('leaves the time of its call, and nothing else', () => {
    const { next, event, delta, conflict } = follow(ended, ok, again);
    expect(next).toEqual({ ...ended, observedAt: at(6), callDurationMs: 3_000, revision: ended.revision + 1 });
    expect([event, conflict]).toEqual([undefined, false]);
    expect(delta).toEqual(ofSize(0));
  });

  it.each([
    ['began earlier', context('block', [5, 10])],
    ['began later', context('block', [8, 10])],
  ])('conflicts with a block that overlaps and %s, which holds', (_, block) => {
    const seen = remainingAfter(ok, again, ended);
    expect(follow(seen, ok, block)).toMatchObject({ conflict: true, next: { state: 'blocked' } });
  });

  it.each([
    ['began earlier', context('block', [5, 10])],
    ['began later', context('block', [8, 10])],
  ])(
    'leaves until when it lasted if a caller ended the block: one that overlaps and %s finds it, and holds',
    (_, block) => {
      const byCaller = remainingAfter(ok, context('unblock', [3, 4]), blocked);
      const { next, event, conflict } = follow(byCaller, ok, again);
      expect(next).toEqual({ ...byCaller, callDurationMs: 6_000, revision: byCaller.revision + 1 });
      expect([event, conflict]).toEqual([undefined, false]);
      expect(follow(next, ok, block)).toMatchObject({ conflict: true, next: { state: 'blocked' } });
    },
  );
});
