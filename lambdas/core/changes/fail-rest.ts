import type { GraphError } from '../errors.ts';
import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { Identity } from '../users/identity.ts';
import { type Failure, failAll, type UserOutcome } from './outcome.ts';

/** The refusal of a whole request as the failure of one of its users. */
export function failureOf({ code, message, details, fbtraceId }: GraphError): Failure {
  return { code, message, details, fbtraceId };
}

/**
 * Failures of those who are left of a request whose other users have their outcomes: the first `sent` of them met the error,
 * and nobody else was sent any more.
 */
export function failRest(rest: readonly Identity[], sent: number, error: GraphError): UserOutcome[] {
  const failure = { ...failureOf(error), code: codeForUser(error) };
  // Whether the provider changed them all the same is not known.
  const met = error.maybeApplied ? { ...failure, maybeApplied: true } : failure;
  return [...failAll(rest.slice(0, sent), met), ...failAll(rest.slice(sent), failure)];
}

/** What passes, or is over once the secret was read again, has a code that has the user sent again. */
function codeForUser({ kind, code }: GraphError): number {
  const mayPass = kind === 'transient' || kind === 'timeout' || kind === 'rate_limited' || kind === 'token';
  return mayPass && !isRetryableForUser(code) ? GRAPH_CODE.internal : code;
}
