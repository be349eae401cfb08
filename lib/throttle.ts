import * as z from 'zod';

/**
 * Requests that each route accepts; more are refused with 429. API Gateway counts by method and path, even if the limit
 * is set for a stage. So the forms of a route with and without a version have a count each. Only the account's limit
 * applies to all routes together.
 */
export const throttle = (defaults: { readonly requestsPerSecond: number; readonly burst: number }) =>
  z
    .strictObject({
      requestsPerSecond: z.number().int().min(1).max(10_000).default(defaults.requestsPerSecond),
      burst: z.number().int().min(1).max(5_000).default(defaults.burst),
    })
    .prefault({});
