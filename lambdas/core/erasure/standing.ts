import { isAfter } from '../changes/attempt-context.ts';
import { graphSpelling } from '../users/identity.ts';
import type { Alias, MirrorItem, MirrorUser } from '../users/mirror.ts';
import { isNumber } from '../users/number-forms.ts';

/**
 * What a block that stands, or a deferred block, needs: the ids by which Graph may list the user, the state, its times, who
 * asked for it, the job that can be reverted, and what keeps the order of its changes. Nothing else about the person. It also
 * keeps who had the id before, which is about somebody else.
 */
export function withoutPerson(prior: MirrorUser): MirrorUser {
  const { user, state, actor, source, operationId, jobId, observedAt, callDurationMs, change, revision } = prior;
  const { blockedAt, expiresAt, deferredAt, attempts, nextAttemptAt, leftBy } = prior;
  return {
    user,
    state,
    input: graphSpelling({ kind: isNumber(user) ? 'phone' : 'bsuid', id: user }),
    waId: prior.waId === user ? user : undefined,
    userId: prior.userId,
    blockedAt,
    expiresAt,
    deferredAt,
    attempts,
    nextAttemptAt,
    leftBy,
    actor,
    source,
    operationId,
    jobId,
    observedAt,
    callDurationMs,
    change,
    revision: revision + 1,
  };
}

/** If somebody had the id before the person, it leads to them again, as one that they left, and is taken for theirs no more. */
export function leftToMover({ leftBy, movedAt, state, ...prior }: MirrorUser): Alias | undefined {
  if (leftBy === undefined) return undefined;
  const { observedAt, callDurationMs } = prior;
  // A refusal does not say what Graph had.
  const seen = state === 'unblocked' ? { observedAt, callDurationMs } : {};
  return {
    aliasOf: leftBy,
    isPreviousId: true,
    hadNextOwner: true,
    movedAt,
    ...seen,
    revision: prior.revision + 1,
  };
}

/** Whether nothing more can be left out of the item. */
export function hasNothingMore(prior: MirrorUser): boolean {
  const kept = fieldsOf({ ...withoutPerson(prior), revision: prior.revision });
  const all = fieldsOf(prior);
  return all.size === kept.size && [...all].every(([name, value]) => kept.get(name) === value);
}

function fieldsOf(user: MirrorUser): Map<string, unknown> {
  return new Map(Object.entries(user).filter(([, value]) => value !== undefined));
}

/**
 * Whether a call of an operation that began since may have overlapped with the one that showed this state. If the item were
 * gone, that operation would not notice.
 */
export function isYoung(prior: MirrorItem, idleAt: string): boolean {
  const { observedAt, callDurationMs = 0 } = prior;
  return observedAt !== undefined && isAfter(observedAt, callDurationMs, idleAt);
}
