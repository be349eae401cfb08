import type { GraphError } from '../errors.ts';
import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { Identity } from '../users/identity.ts';
import { type Failure, failAll, type UserOutcome } from './outcome.ts';

/** The refusal of a whole request, as the failure of one of its users. */
export function failureOf({ code, message, details, fbtraceId }: GraphError): Failure {
  return { code, message, details, fbtraceId };
}

/**
 * Failures of the remaining users of a request in which other users have outcomes. The error was the answer for the first
 * `sent` of them; the others were not sent.
 */
export function failRest(rest: readonly Identity[], sent: number, error: GraphError): UserOutcome[] {
  const failure = { ...failureOf(error), code: codeForUser(error) };
  // It is unknown whether the provider changed them nevertheless.
  const met = error.maybeApplied ? { ...failure, maybeApplied: true } : failure;
  return [...failAll(rest.slice(0, sent), met), ...failAll(rest.slice(sent), failure)];
}

/** If the error is temporary, or a new token may cure it, the code is one after which users are sent again. */
function codeForUser({ kind, code }: GraphError): number {
  const mayPass = kind === 'transient' || kind === 'timeout' || kind === 'rate_limited' || kind === 'token';
  return mayPass && !isRetryableForUser(code) ? GRAPH_CODE.internal : code;
}
