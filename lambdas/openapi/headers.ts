import { z } from 'zod';
import { time } from './values.ts';

/** Headers of answers, by name. */
export const RESPONSE_HEADERS = {
  'x-request-id': z.string().describe('Id of the request, which the log has too'),
  'Retry-After': z.coerce.number().int().min(1).describe('Seconds after which to come again'),
  Location: z.string().describe('Where the job, or the jobs of the batch, can be seen'),
  'Preference-Applied': z.literal('respond-async').optional().describe('Set if `Prefer: respond-async` was followed'),
  'x-blocklist-reconciled-at': time
    .or(z.literal('never'))
    .describe("When the mirror was last compared with Graph's list"),
  ETag: z.string().describe('Changes with the document'),
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;
