import { describe, expect, it } from 'vitest';
import { countsBetween } from '../../../lambdas/core/blocklist/counts.ts';
import type { MirrorUser } from '../../../lambdas/core/blocklist/mirror.ts';
import type { UserOutcome } from '../../../lambdas/core/blocklist/outcome.ts';
import type { Pass } from '../../../lambdas/core/blocklist/pass.ts';
import { transition } from '../../../lambdas/core/blocklist/transition.ts';
import { ofSize } from '../../support/contract-fixtures.ts';
import { phone } from '../../support/fake-graph.ts';
import { ACTOR } from '../../support/world.ts';

const USER = '16505550001';
const ok: UserOutcome = { identity: phone(USER), waId: USER };
const refused: UserOutcome = { identity: phone(USER), failure: { code: 131047, message: 'no' } };
const at = (second: number) => new Date(Date.parse('2026-11-01T12:00:00.000Z') + second * 1000).toISOString();

/** An operation whose call to Graph lasted from one second to another. */
function pass(action: Pass['action'], from: number, to: number, change: Partial<Pass> = {}): Pass {
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

const follow = (prior: MirrorUser | undefined, outcome: UserOutcome, one: Pass) =>
  transition({ user: USER, prior, outcome }, one);

/** What one operation left on the mirror. */
function leftBy(outcome: UserOutcome, one: Pass, prior?: MirrorUser): MirrorUser {
  const { next } = follow(prior, outcome, one);
  if (!next) throw new Error('Nothing was written');
  return next;
}

describe('two operations on one user are told apart only by Graph', () => {
  it('where one began later, ended first, and wanted another state', () => {
    const unblocked = leftBy(ok, pass('unblock', 2, 5));
    const late = follow(unblocked, ok, pass('block', 0, 10, { reason: 'late' }));
    expect(late.conflict).toBe(true);
    // The state stays that of the one that began last; what the other one was told by Graph is told by the history.
    expect(late).toMatchObject({ counts: ofSize(0), event: { action: 'block', outcome: 'succeeded', reason: 'late' } });
    expect(late.next).toBeUndefined();
  });

  it('where one began earlier, and had its answer only after the other had begun', () => {
    const blocked = leftBy(ok, pass('block', 0, 5));
    const change = follow(blocked, ok, pass('unblock', 4, 8));
    expect(change).toMatchObject({
      conflict: true,
      counts: countsBetween(ofSize(1), ofSize(0)),
      next: { state: 'unblocked' },
    });
  });
});

describe('two operations on one user are no contest', () => {
  it.each([
    ['where one ended before the other began', leftBy(ok, pass('block', 0, 3)), pass('unblock', 4, 8)],
    ['where one ended in the moment in which the other began', leftBy(ok, pass('block', 0, 4)), pass('unblock', 4, 8)],
    ['where they overlap and want the same', leftBy(ok, pass('block', 0, 5)), pass('block', 4, 8)],
    [
      'where they overlap, want the same, and the earlier one writes last',
      leftBy(ok, pass('block', 2, 5)),
      pass('block', 0, 8),
    ],
    [
      'where one of them was refused: that tells nothing of the state',
      leftBy(refused, pass('block', 2, 5)),
      pass('unblock', 0, 8),
    ],
  ])('%s', (_, prior, second) => {
    expect(follow(prior, ok, second).conflict ?? false).toBe(false);
  });

  it('where a refusal was recorded later: it is no observation, and does not stand in the way of an earlier block', () => {
    const change = follow(leftBy(refused, pass('unblock', 2, 5)), ok, pass('block', 0, 8));
    expect(change).toMatchObject({ next: { state: 'blocked' }, counts: ofSize(1), event: { action: 'block' } });
  });
});

describe('an operation whose change a reconciliation saw before it was recorded', () => {
  const external: Partial<Pass> = { source: 'external', actor: 'external', operationId: 'reconciliation' };
  const own: Partial<Pass> = { reason: 'spam', onBehalfOf: 'ana' };

  it('takes a block over as its own', () => {
    const seen = leftBy(ok, pass('block', 5, 6, external));
    const change = follow(seen, ok, pass('block', 0, 4, own));
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
    expect(change).toMatchObject({ counts: ofSize(0), event: { actor: ACTOR, reason: 'spam' } });
    expect(change.conflict ?? false).toBe(false);
  });

  it('takes an unblock over as its own', () => {
    const blocked = leftBy(ok, pass('block', -10, -9));
    const seen = leftBy(ok, pass('unblock', 5, 6, external), blocked);
    const change = follow(seen, ok, pass('unblock', 0, 4, own));
    expect(change).toMatchObject({ counts: ofSize(0), next: { state: 'unblocked', source: 'api', actor: ACTOR } });
  });

  it('counts nothing when it is repeated after a crash', () => {
    const taken = leftBy(ok, pass('block', 0, 4), leftBy(ok, pass('block', 5, 6, external)));
    expect(follow(taken, ok, pass('block', 20, 21, { operationId: 'block-0', startedAt: at(0) }))).toEqual({
      counts: ofSize(0),
    });
  });

  it('does not take over what another operation of this service did', () => {
    const other = leftBy(ok, pass('block', 5, 6, { actor: 'someone' }));
    const change = follow(other, ok, pass('block', 0, 4));
    expect(change.next).toBeUndefined();
    expect(change.event).toMatchObject({ actor: ACTOR });
  });

  it('holds against the opposite of what it did, and tells Graph again', () => {
    const seen = leftBy(ok, pass('unblock', 5, 6, external));
    const change = follow(seen, ok, pass('block', 0, 4, own));
    expect(change).toMatchObject({ conflict: true, counts: ofSize(1), event: { action: 'block', reason: 'spam' } });
    expect(change.next).toMatchObject({ state: 'blocked', source: 'api', reason: 'spam' });
  });
});
