import { z } from 'zod';
import { LIMITS } from '../contract/limits.ts';
import { keyId } from './key.ts';
import { line } from './requests.ts';
import { jobId, phoneNumberId } from './values.ts';

/** Parameters by their names; each may be left out, unless it is in the path. */
export type Parameters = Readonly<Record<string, z.ZodType>>;

/** By their names; an id, by what it is an id of. */
export const PATH_PARAMETERS: Parameters = {
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d{1,3}$/)
    .describe('Version of Graph that is called')
    .meta({ example: 'v25.0' }),
  phoneNumberId: phoneNumberId.meta({ example: '106540352242922' }),
  user: z
    .string()
    .min(1)
    .describe('A phone number with `+` (as `%2B`) or without, a `wa_id`, or a BSUID')
    .meta({ example: '16505551234' }),
  'jobs/id': jobId.describe('Id of a job').meta({ example: '106540352242922-01K3B9R6ZC4M8Q2T5V7W9X1Y3Z' }),
  'keys/id': keyId.meta({ example: 'Aa0000000001' }),
};

export const limit = z.int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize).describe('Items of a page');
export const after = z.string().min(1).describe('`paging.cursors.after` of the page before');
export const moment = z.string().min(1).meta({ example: '2026-11-01' });

const onBehalfOf = line
  .max(LIMITS.onBehalfOfCharacters)
  .describe('The person or service that the caller acts for. It is recorded beside the caller, never instead of it');
const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(LIMITS.idempotencyKeyCharacters)
  .describe(
    'For what becomes a job: the same key, caller, `X-On-Behalf-Of` and body give the same job for 24 hours. Another body with the key is refused with 409',
  );
const prefer = z
  .string()
  .describe('`respond-async` makes a job of a request of any size')
  .meta({ example: 'respond-async' });

/** Headers of every route that changes something, and of those that may make a job. */
export const CHANGING: Parameters = { 'X-On-Behalf-Of': onBehalfOf };
export const MAKING_JOBS: Parameters = { ...CHANGING, 'Idempotency-Key': idempotencyKey };
export const CHANGING_USERS: Parameters = { ...MAKING_JOBS, Prefer: prefer };
