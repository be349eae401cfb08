import * as z from 'zod';

/**
 * Requests that each route takes; more are refused with 429. API Gateway counts by method and path, even if it is set
 * for a stage: a route's form with a version and the one without have a count each. Of all of them together only the
 * account's limit is a bound.
 */
export const throttle = (defaults: { readonly requestsPerSecond: number; readonly burst: number }) =>
  z
    .strictObject({
      requestsPerSecond: z.number().int().min(1).max(10_000).default(defaults.requestsPerSecond),
      burst: z.number().int().min(1).max(5_000).default(defaults.burst),
    })
    .prefault({});
