import { z } from 'zod';
import type { Route } from '../contract/routes.ts';
import { time } from './values.ts';

/** Headers of answers, by name. */
export const RESPONSE_HEADERS = {
  'x-request-id': z.string().describe('Id of the request, which the log has too'),
  'Retry-After': z.int().min(1).describe('Seconds after which to come again'),
  Location: z.string().describe('Where the job, or the jobs of the batch, can be seen'),
  'Preference-Applied': z.literal('respond-async').optional().describe('Set if `Prefer: respond-async` was followed'),
  'x-blocklist-reconciled-at': time
    .or(z.literal('never'))
    .describe("When the mirror was last compared with Graph's list"),
  ETag: z.string().describe('Changes with the document'),
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** Headers of successes beside `x-request-id`, by function and status. */
export const SUCCESS_HEADERS: Readonly<
  Partial<Record<Route['handler'], Readonly<Partial<Record<number, readonly ResponseHeader[]>>>>>
> = {
  blockUsers: { 202: ['Location', 'Preference-Applied'] },
  unblockUsers: { 202: ['Location', 'Preference-Applied'] },
  createJobs: { 202: ['Location'] },
  listBlockedUsers: { 200: ['x-blocklist-reconciled-at'] },
  lookupUsers: { 200: ['x-blocklist-reconciled-at'] },
  getOpenApi: { 200: ['ETag'], 304: ['ETag'] },
};
