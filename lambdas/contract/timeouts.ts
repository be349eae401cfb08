/** Seconds that a function behind the API may run: API Gateway's 29 less the time to answer. */
export const API_FUNCTION_TIMEOUT_SECONDS = 28;
/** Seconds that finding out whose key it is may take: one read, perhaps one write, each with its retries. The call waits. */
export const AUTHORIZER_TIMEOUT_SECONDS = 10;
/** Seconds that one attempt at a chunk may run: one call to Graph, its retries by time-out, and the writes. */
export const CHUNK_FUNCTION_TIMEOUT_SECONDS = 120;
/** Seconds after which a pass over a lane begins no further chunk. Its time is over when a chunk that began just then is. */
export const LANE_BUDGET_SECONDS = 120;
export const LANE_FUNCTION_TIMEOUT_SECONDS = LANE_BUDGET_SECONDS + CHUNK_FUNCTION_TIMEOUT_SECONDS;
/** Seconds that ending a job may run. At worst it fails each chunk of a full list, 1,000 users at a time. */
export const JOB_FUNCTION_TIMEOUT_SECONDS = 300;

/** Seconds that one attempt at a group of numbers may run: it reads whole lists, and writes corrections. */
export const RECONCILE_FUNCTION_TIMEOUT_SECONDS = 600;
/** Seconds that the sweep may run: it finds stalled jobs and restarts them, and at worst ends a job itself. */
export const SWEEP_FUNCTION_TIMEOUT_SECONDS = 600;
/**
 * Seconds that one run of the scheduled actions may take. That is less than the five minutes to the next run, so two runs
 * mostly do not overlap. The next run processes the rest.
 */
export const SCHEDULED_ACTION_TIMEOUT_SECONDS = 290;
/** Seconds that the check of the tokens may run: two calls to Graph a token. */
export const TOKEN_CHECK_FUNCTION_TIMEOUT_SECONDS = 300;
/** Seconds for a page of the registry of numbers: one Query. */
export const PAGE_FUNCTION_TIMEOUT_SECONDS = 30;
/** Seconds for a batch of the stream: its events, ten a call, and their removal. */
export const PUBLISH_FUNCTION_TIMEOUT_SECONDS = 30;
