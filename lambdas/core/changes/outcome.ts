import { GRAPH_CODE } from '../graph-codes.ts';
import type { Identity } from '../users/identity.ts';
import { PROBLEMS, type Problem } from '../users/problems.ts';

export type Action = 'block' | 'unblock';

/** What Graph's answer says about a user, besides success or failure. `waId` may differ from the number sent. */
export interface GraphNames {
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

export interface Failure {
  readonly code: number;
  readonly message: string;
  readonly details?: string | undefined;
  /** Graph's trace id of the answer with this failure. */
  readonly fbtraceId?: string | undefined;
  /**
   * Whether Graph may have changed the user nevertheless: the answer to a call with this user was lost, omitted them, or
   * reported a temporary fault.
   */
  readonly maybeApplied?: boolean | undefined;
  /** Why this service refuses the user itself, for programs. Absent if Graph refused, or if the entry names nobody. */
  readonly blocklistCode?: 'protected_user' | undefined;
}

/** The outcome of one user of a request. Every user that was sent has exactly one. */
export interface UserOutcome extends GraphNames {
  readonly identity: Identity;
  /** Absent if the user was blocked (or unblocked), or if the block is deferred. */
  readonly failure?: Failure | undefined;
  /** Set if the block is deferred: the refusal because of which it waits. */
  readonly deferral?: Failure | undefined;
  /**
   * Set if only the mirror shows that the user has this outcome, by an earlier attempt of the operation: how this attempt failed.
   */
  readonly unconfirmed?: Failure | undefined;
}

/** How many users have each outcome. */
export function countEnds(outcomes: readonly Pick<UserOutcome, 'failure' | 'deferral'>[]) {
  const failed = outcomes.filter(({ failure }) => failure).length;
  const deferred = outcomes.filter(({ deferral }) => deferral).length;
  return { succeeded: outcomes.length - failed - deferred, failed, deferred };
}

/** The failure of an entry that names nobody for certain. It is never sent to Graph. */
export function malformed({ problem = 'nobody' }: { readonly problem?: Problem | undefined }): Failure {
  return { code: GRAPH_CODE.invalidParameter, message: '(#100) Invalid parameter', details: PROBLEMS[problem] };
}

/** The same failure for every user of a batch. */
export function failAll(identities: readonly Identity[], failure: Failure): UserOutcome[] {
  return identities.map((identity) => ({ identity, failure }));
}

/** Whether Graph may have changed the user nevertheless. */
export function isUncertain({ failure, deferral }: Pick<UserOutcome, 'failure' | 'deferral'>): boolean {
  return (failure ?? deferral)?.maybeApplied ?? false;
}

/** The same outcome, for a user whom Graph may have changed in another call. A success stays a success. */
export function asUncertain(outcome: UserOutcome): UserOutcome {
  const { failure } = outcome;
  return failure ? { ...outcome, failure: { ...failure, maybeApplied: true } } : outcome;
}

/** Why the user failed, and whether nothing more is known. */
export function detailsOf({ message, details = message, maybeApplied }: Failure): string {
  return maybeApplied ? `${details}; the user may or may not have been changed` : details;
}

/** Graph's trace id of the answer that refused some of these users, if any. */
export function traceOf(outcomes: readonly Pick<UserOutcome, 'failure'>[]): string | undefined {
  return outcomes.find(({ failure }) => failure?.fbtraceId !== undefined)?.failure?.fbtraceId;
}
