/** A revert changes exactly the users whom its job changed, and whom nobody has changed since. */
import { GRAPH_CODE } from '../graph-codes.ts';
import { type Change, isWanted, type MirrorUser } from '../users/mirror.ts';
import { type AttemptContext, NOTHING, type Subject, type Transition } from './attempt-context.ts';
import { type Failure, isUncertain, type UserOutcome } from './outcome.ts';
import { toldUntil } from './told-again.ts';

/** The outcome of a user whom a revert leaves alone. Nothing happened to them, so their history stays as it is. */
export const CHANGED_SINCE: Failure = {
  code: GRAPH_CODE.invalidParameter,
  message: 'The user was changed, or got another number or id, after the job that is reverted, and is left as they are',
};

/** Outcomes of a refused request, with those of the users who were not in it. */
export function leavingAlone(
  notSent: ReadonlySet<string> | undefined,
  outcomes: readonly UserOutcome[],
): UserOutcome[] {
  return outcomes.map((outcome) => {
    const { identity } = outcome;
    return notSent?.has(identity.id) ? { identity, failure: CHANGED_SINCE } : outcome;
  });
}

/** Whether an attempt must leave the user alone. A repeat recognises what its own job did. */
export function isChangedSince(
  user: MirrorUser | undefined,
  { job, jobId }: Pick<AttemptContext, 'job' | 'jobId'>,
): boolean {
  return job?.reverts !== undefined && user?.jobId !== job.reverts && user?.jobId !== jobId;
}

/** The same for a user of the attempt. */
export function isLeftAlone(subject: Subject, context: AttemptContext): boolean {
  return isChangedSince(knownItem(subject), context);
}

/** Graph may just have named the user by an id under which nothing, or only a refusal, is known. */
function knownItem({ prior, waiting }: Pick<Subject, 'prior' | 'waiting'>): MirrorUser | undefined {
  return prior === undefined || prior.state === 'unknown' ? (waiting ?? prior) : prior;
}

/**
 * What follows for a user whom the attempt leaves alone. If Graph was told otherwise, or if an earlier attempt may have told it,
 * Graph's list must converge to the mirror.
 */
export function leftAlone(subject: Subject, context: AttemptContext): Transition {
  const { prior, outcome } = subject;
  const { failure, deferral } = outcome;
  // Graph refused, or was not asked for another reason: that is the outcome.
  if (failure && failure.message !== CHANGED_SINCE.message) return NOTHING;
  const differs = !deferral && (prior?.state === 'blocked') !== (context.action === 'block');
  const isSame = prior?.state === (context.action === 'block' ? 'blocked' : 'unblocked');
  const told = isSame ? toldUntil(prior, subject, context) : {};
  return { ...NOTHING, ...told, conflict: failure ? isUncertain(outcome) : differs, changedSince: true };
}

/**
 * The job to name in the item of a user whom it has changed. It must be clear later whether it changed the user's state, or only
 * the terms of a block: then the block is older than the job. If it is not, because somebody came between, no job is named.
 */
export function jobToName(
  change: Change,
  subject: Pick<Subject, 'prior' | 'waiting'>,
  { jobId, job }: Pick<AttemptContext, 'jobId' | 'job'>,
): string | undefined {
  const known = knownItem(subject);
  if (change === 'alreadyUnblocked') return known && isWanted(known) ? jobId : undefined;
  if (change !== 'updated' || jobId === known?.jobId) return jobId;
  return job && known?.blockedAt !== undefined && known.blockedAt >= job.createdAt ? undefined : jobId;
}
