import type { z } from 'zod';
import type { Route, SuccessOf } from '../contract/routes.ts';
import { blocklist, reconciliation } from './blocklist.ts';
import { accepted, blocked, someNotBlocked, someNotUnblocked, unblocked } from './change.ts';
import { refused } from './error.ts';
import { createdJobs, job, jobs, jobUsers } from './job.ts';
import { operations } from './operation.ts';
import { refusalsOf } from './refusals.ts';
import { health, nothing, openApi } from './service.ts';
import { history, list, lookup, user } from './user.ts';
import { received } from './webhook.ts';

type Handler = Route['handler'];

/** The body of each success of each route, by its function and status. */
export const ANSWERS = {
  listBlockedUsers: { 200: list },
  blockUsers: { 200: blocked, 202: accepted },
  unblockUsers: { 200: unblocked, 202: accepted },
  lookupUsers: { 200: lookup },
  getBlockedUser: { 200: user },
  getUserHistory: { 200: history },
  getBlocklist: { 200: blocklist },
  startReconciliation: { 202: reconciliation },
  listOperations: { 200: operations },
  listJobs: { 200: jobs },
  createJobs: { 202: createdJobs },
  getJob: { 200: job },
  listJobUsers: { 200: jobUsers },
  cancelJob: { 202: job },
  retryJob: { 202: job },
  receiveWebhook: { 200: received },
  getOpenApi: { 200: openApi, 304: nothing },
  health: { 200: health },
} satisfies { readonly [Name in Handler]: Readonly<Record<SuccessOf<Name>, z.ZodType>> };

/** A 400 that has results of users beside the error, as Graph's has. Every other refusal is `refused`, of any route. */
export const PARTIAL_FAILURES = {
  blockUsers: someNotBlocked,
  unblockUsers: someNotUnblocked,
} satisfies Partial<Record<Handler, z.ZodType>>;

export function partialFailureOf(handler: Handler): z.ZodType | undefined {
  const all: Readonly<Partial<Record<Handler, z.ZodType>>> = PARTIAL_FAILURES;
  return all[handler];
}

/** What the body of an answer must be; `undefined` if the route has no such status. */
export function answerOf(route: Pick<Route, 'method' | 'handler'>, status: number): z.ZodType | undefined {
  const successes: Readonly<Record<number, z.ZodType>> = ANSWERS[route.handler];
  if (status < 400) return successes[status];
  if (!refusalsOf(route).some((known) => known === status)) return undefined;
  const partial = status === 400 ? partialFailureOf(route.handler) : undefined;
  return partial ? refused.or(partial) : refused;
}
