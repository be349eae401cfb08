import * as z from 'zod';
import { throttle } from './throttle.ts';

/** Settings of the API for callers with keys; without effect if there are none. */
export const apiKey = (baseUrl: z.ZodType<string>) =>
  z
    .strictObject({
      /**
       * How long API Gateway keeps what a key may do: a key that was revoked, or has expired, is let through for so long. Each other
       * request of a key costs a call of the authorizer and a read.
       */
      cacheSeconds: z.number().int().min(0).max(300).default(60),
      /** Of the requests of all keys together, so that they cannot take the share of callers that sign. */
      throttle: throttle({ requestsPerSecond: 100, burst: 200 }),
      /** As `publicUrl`, of this API. */
      publicUrl: baseUrl.optional(),
    })
    .prefault({});
