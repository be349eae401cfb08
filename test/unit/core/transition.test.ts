import { describe, expect, it } from 'vitest';
import type { AttemptContext } from '../../../lambdas/core/changes/attempt-context.ts';
import type { UserOutcome } from '../../../lambdas/core/changes/outcome.ts';
import { transition } from '../../../lambdas/core/changes/transition.ts';
import type { MirrorUser } from '../../../lambdas/core/users/mirror.ts';
import { ofSize } from '../../support/contract-fixtures.ts';
import { phone } from '../../support/fake-graph.ts';
import { ACTOR } from '../../support/world.ts';

const USER = '16505550001';
const ok: UserOutcome = { identity: phone(USER), waId: USER };
const refused = (code: number): UserOutcome => ({ identity: phone(USER), failure: { code, message: 'no' } });
const at = (hour: number) => `2026-11-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

function context(hour: number, change: Partial<AttemptContext> = {}): AttemptContext {
  return {
    action: 'block',
    operationId: `op-${hour}`,
    startedAt: at(hour),
    observedAt: at(hour),
    answeredAt: change.observedAt ?? at(hour),
    source: 'api',
    actor: ACTOR,
    ...change,
  };
}

const follow = (prior: MirrorUser | undefined, outcome: UserOutcome, one: AttemptContext) =>
  transition({ user: USER, prior, outcome }, one);

/** Applies passes one after the other, as the store would. */
function replay(...steps: [UserOutcome, AttemptContext][]): {
  user: MirrorUser | undefined;
  size: number;
  events: string[];
} {
  let user: MirrorUser | undefined;
  let size = 0;
  const events: string[] = [];
  for (const [outcome, one] of steps) {
    const change = follow(user, outcome, one);
    user = change.next ?? user;
    size += change.delta.size;
    if (change.event) events.push(`${change.event.at.slice(11, 13)} ${change.event.action} ${change.event.outcome}`);
  }
  return { user, size, events };
}

describe('a user who is blocked', () => {
  it('is new on the list', () => {
    const { user, size, events } = replay([ok, context(1, { reason: 'spam', onBehalfOf: 'ana' })]);
    expect(user).toMatchObject({
      state: 'blocked',
      blockedAt: at(1),
      reason: 'spam',
      actor: ACTOR,
      onBehalfOf: 'ana',
      input: `+${USER}`,
      revision: 1,
    });
    expect([size, events]).toEqual([1, ['01 block succeeded']]);
  });

  it('adds nothing to the history when the same request comes again, but confirms the observation', () => {
    const { user, size, events } = replay([ok, context(1, { reason: 'spam' })], [ok, context(2, { reason: 'spam' })]);
    expect(user).toMatchObject({ blockedAt: at(1), observedAt: at(2), reason: 'spam' });
    expect([size, events]).toEqual([1, ['01 block succeeded']]);
  });

  it('keeps its reason when it is blocked again without one', () => {
    expect(replay([ok, context(1, { reason: 'spam' })], [ok, context(2)])).toMatchObject({
      user: { reason: 'spam' },
      events: ['01 block succeeded'],
    });
  });

  it('keeps what a request to block them again leaves out of its reasons, and takes what it gives', () => {
    const first = context(1, { reason: 'forty messages', reasonCode: 'spam' });
    expect(replay([ok, first], [ok, context(2, { reasonCode: 'spam' })]).events).toEqual(['01 block succeeded']);
    expect(replay([ok, first], [ok, context(2, { reasonCode: 'fraud' })])).toMatchObject({
      user: { reason: 'forty messages', reasonCode: 'fraud' },
      events: ['01 block succeeded', '02 block succeeded'],
    });
    const { event } = follow(replay([ok, first]).user, ok, context(2, { reasonCode: 'fraud' }));
    expect([event?.reasonCode, event?.reason]).toEqual(['fraud', undefined]);
    expect(replay([ok, first], [ok, context(2, { reason: 'phishing' })]).user).toMatchObject({
      reason: 'phishing',
      reasonCode: 'spam',
    });
  });

  it('keeps nothing of why they were blocked when they are unblocked and blocked again', () => {
    const first = context(1, { reason: 'forty messages', reasonCode: 'spam' });
    const appeal = context(2, { action: 'unblock', reasonCode: 'other' });
    expect(replay([ok, first], [ok, appeal]).user).toMatchObject({ reason: undefined, reasonCode: 'other' });
    const { user } = replay([ok, first], [ok, appeal], [ok, context(3)]);
    expect(user).toMatchObject({ state: 'blocked', reason: undefined, reasonCode: undefined });
  });

  it.each([
    { reason: 'fraud' },
    { reasonCode: 'fraud' },
    { actor: 'arn:aws:iam::111122223333:role/other' },
    { onBehalfOf: 'ben' },
  ])('gets an audit event if %o is new, and keeps the time of its first block', (change) => {
    const { user, size, events } = replay([ok, context(1)], [ok, context(2, change)]);
    expect(user).toMatchObject({ blockedAt: at(1), ...change });
    expect([size, events]).toEqual([1, ['01 block succeeded', '02 block succeeded']]);
  });

  it('is not changed by an observation that is older', () => {
    const { user, size } = replay([ok, context(2)], [ok, context(1, { action: 'unblock' })]);
    expect(user).toMatchObject({ state: 'blocked', observedAt: at(2) });
    expect(size).toBe(1);
  });

  it('is written once when the same operation runs twice', () => {
    const first = follow(undefined, ok, context(1));
    const again = follow(first.next, ok, context(2, { operationId: 'op-1', startedAt: at(1) }));
    // Its event was written before it. The operation is completed once, and only then is the size changed.
    expect(again).toMatchObject({ delta: ofSize(1), next: { change: 'added', observedAt: at(2), revision: 2 } });
    expect(again.event).toBeUndefined();
    expect(follow(again.next, ok, context(2, { operationId: 'op-1', startedAt: at(1) }))).toEqual({ delta: ofSize(1) });
  });

  it('is not seen again by a repeat that Graph did not confirm', () => {
    const first = follow(undefined, ok, context(1));
    const unconfirmed = { ...ok, unconfirmed: { code: 139103, message: 'No answer' } };
    const again = follow(first.next, unconfirmed, context(2, { operationId: 'op-1', startedAt: at(1) }));
    expect(again).toEqual({ delta: ofSize(1) });
  });

  it('has its event at the same time, whichever attempt writes it', () => {
    const crashed = follow(undefined, ok, context(1));
    const repeat = follow(undefined, ok, context(3, { operationId: 'op-1', startedAt: at(1) }));
    expect(repeat.event).toEqual(crashed.event);
  });

  it('has its event after what came between the start of the operation and the attempt that blocked', () => {
    const between = follow(undefined, ok, context(2, { action: 'unblock' })).next;
    const repeat = follow(between, ok, context(3, { operationId: 'op-1', startedAt: at(1) }));
    expect(repeat.event?.at).toBe(at(3));
  });

  it('is no news from another session of the same role', () => {
    const role = 'arn:aws:sts::111122223333:assumed-role/support';
    const { user, events } = replay(
      [ok, context(1, { actor: `${role}/task-1` })],
      [ok, context(2, { actor: `${role}/task-2` })],
    );
    expect(user?.actor).toBe(`${role}/task-1`);
    expect(events).toHaveLength(1);
    expect(
      replay([ok, context(1, { actor: `${role}/a` })], [ok, context(2, { actor: `${role}2/a` })]).events,
    ).toHaveLength(2);
  });
});

it('a block that the same operation deferred first, and Graph has made after all, counts as a block alone', () => {
  const waits = follow(undefined, { ...ok, deferral: { code: 131047, message: 'no' } }, context(1)).next;
  expect(waits?.state).toBe('deferred');
  expect(follow(waits, ok, context(2, { operationId: 'op-1', startedAt: at(1) })).delta).toEqual(ofSize(1));
});

describe('a user who is unblocked', () => {
  it('leaves the list, and a tombstone', () => {
    const { user, size, events } = replay(
      [ok, context(1, { reason: 'spam' })],
      [ok, context(2, { action: 'unblock' })],
    );
    expect(user).toMatchObject({ state: 'unblocked', observedAt: at(2) });
    expect(user?.blockedAt).toBeUndefined();
    expect(user?.reason).toBeUndefined();
    expect([size, events]).toEqual([0, ['01 block succeeded', '02 unblock succeeded']]);
  });

  it('has one audit event, even if the request is repeated', () => {
    const unblock = { action: 'unblock' } as const;
    expect(replay([ok, context(1)], [ok, context(2, unblock)], [ok, context(3, unblock)])).toMatchObject({
      size: 0,
      events: ['01 block succeeded', '02 unblock succeeded'],
    });
  });

  it('does not lower the size when the mirror never knew the block', () => {
    const { size, events } = replay([ok, context(1, { action: 'unblock' })]);
    expect([size, events]).toEqual([0, ['01 unblock succeeded']]);
    const first = follow(undefined, ok, context(1, { action: 'unblock' }));
    const again = context(2, { action: 'unblock', operationId: 'op-1', startedAt: at(1) });
    expect(follow(first.next, ok, again).delta.size).toBe(0);
  });

  it('can be blocked again, from then on', () => {
    const { user, size } = replay([ok, context(1)], [ok, context(2, { action: 'unblock' })], [ok, context(3)]);
    expect(user).toMatchObject({ state: 'blocked', blockedAt: at(3) });
    expect(size).toBe(1);
  });
});

describe('a user who is refused', () => {
  it('is remembered as unknown, with the refusal in the history', () => {
    const { user, size, events } = replay([refused(131047), context(1)]);
    expect(user).toMatchObject({ state: 'unknown', lastFailure: { code: 131047, at: at(1) } });
    expect([size, events]).toEqual([0, ['01 block failed']]);
  });

  it('is recorded once for the same refusal of the same request within a day', () => {
    expect(replay([refused(131047), context(1)], [refused(131047), context(2)]).events).toEqual(['01 block failed']);
  });

  it.each([
    ['another code', refused(131021), context(2)],
    ['another caller', refused(131047), context(2, { actor: 'someone' })],
    ['another reason', refused(131047), context(2, { reason: 'fraud' })],
    ['another reason code', refused(131047), context(2, { reasonCode: 'fraud' })],
    ['another day', refused(131047), context(2, { observedAt: '2026-11-02T01:00:00.000Z' })],
  ])('is recorded again for %s', (_what, outcome, second) => {
    expect(replay([refused(131047), context(1)], [outcome, second]).events).toHaveLength(2);
  });

  it('stays blocked when a later attempt is refused', () => {
    const { user, size } = replay([ok, context(1)], [refused(131047), context(2, { action: 'unblock' })]);
    expect(user).toMatchObject({
      state: 'blocked',
      observedAt: at(1),
      lastFailure: { action: 'unblock' },
      revision: 2,
    });
    expect(size).toBe(1);
  });

  it('is blocked later, and the refusal is forgotten', () => {
    const { user, size } = replay([refused(131047), context(1)], [ok, context(2)]);
    expect(user).toMatchObject({ state: 'blocked', blockedAt: at(2) });
    expect(user?.lastFailure).toBeUndefined();
    expect(size).toBe(1);
  });

  it('is recorded once when the same operation runs twice', () => {
    const first = follow(undefined, refused(131047), context(1));
    expect(first.event?.at).toBe(at(1));
    expect(follow(first.next, refused(131047), context(2, { operationId: 'op-1' }))).toEqual({
      delta: ofSize(0),
    });
  });
});

describe('the job behind a user', () => {
  const JOB = { jobId: 'job-1', job: { createdAt: at(0) } };
  const userAfter = (...steps: Parameters<typeof replay>) => replay(...steps).user;

  it('is the one that changed their state, until something else changes them', () => {
    const blocked = [ok, context(1, JOB)] as const;
    expect(userAfter([...blocked])).toMatchObject({ jobId: 'job-1' });
    expect(userAfter([...blocked], [ok, context(2)])).toMatchObject({ change: 'confirmed', jobId: 'job-1' });
    expect(userAfter([...blocked], [refused(100), context(2)])).toMatchObject({ jobId: 'job-1' });
    for (const other of [{ reason: 'fraud' }, { expiresAt: at(20) }, { action: 'unblock' as const }]) {
      expect(userAfter([...blocked], [ok, context(2, other)])?.jobId).toBeUndefined();
      expect(userAfter([...blocked], [ok, context(2, { ...other, jobId: 'job-2' })])).toMatchObject({ jobId: 'job-2' });
    }
  });

  it('is not one that unblocked somebody who was not known to be blocked', () => {
    expect(userAfter([ok, context(1, { ...JOB, action: 'unblock' })])).toMatchObject({ state: 'unblocked' });
    expect(userAfter([ok, context(1, { ...JOB, action: 'unblock' })])?.jobId).toBeUndefined();
    expect(userAfter([refused(100), context(1, JOB)])).toMatchObject({ state: 'unknown' });
    expect(userAfter([refused(100), context(1, JOB)])?.jobId).toBeUndefined();
  });

  it('is named if a reconciliation saw its change before it was recorded', () => {
    for (const action of ['block', 'unblock'] as const) {
      const seen = context(2, { action, source: 'external', actor: 'external' });
      const own = context(1, { ...JOB, action, source: 'job' });
      expect(userAfter([ok, seen], [ok, own])).toMatchObject({ source: 'job', jobId: 'job-1', actor: ACTOR });
    }
  });
});
