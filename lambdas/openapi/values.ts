import { z } from 'zod';
import { REASON_CODE } from '../contract/reasons.ts';
import { JOB_ID, PHONE_NUMBER_ID, ULID } from '../core/ids.ts';

/** Values that several answers have. */
export const time = z.iso.datetime().describe('Time in ISO 8601, in UTC');
export const count = z.int().nonnegative();
export const phoneNumberId = z.string().regex(PHONE_NUMBER_ID).describe('Id of a WhatsApp Business phone number');
export const jobId = z.string().regex(JOB_ID).describe('`<phone number id>-<ULID>`');
export const batchId = z.string().regex(ULID).describe('The same for all jobs of one `POST /jobs`');
export const waId = z.string().describe("WhatsApp's id of the user: their phone number in digits");
export const userId = z.string().describe('Business-scoped user id (BSUID), for example `US.13491208655302741918`');
export const input = z.string().describe('The entry as it was sent');
export const shownInput = z
  .string()
  .describe('The entry as it was sent. If it has more than 256 characters, its beginning and `…`');
export const action = z.enum(['block', 'unblock']);
export const product = z.literal('whatsapp');
export const source = z
  .enum(['api', 'job', 'external', 'expiry', 'deferred', 'webhook'])
  .describe(
    'What caused the change. `external`: it was made outside this service; `expiry`: a temporary block ended; `deferred`: a deferred block was tried again',
  );

/** Who did it. */
export const actor = z
  .string()
  .describe('Who did it: the IAM principal or the API key of the caller, `blocklist` (this service) or `external`');
export const onBehalfOf = z.string().describe('`X-On-Behalf-Of` of the request');
export const reason = z.string().describe('`reason` of the request');
export const reasonCode = z.string().regex(REASON_CODE).describe('`reason_code` of the request');
export const expiresAt = time.describe('When the block ends by itself');
export const reconciledAt = time
  .nullable()
  .describe("When the mirror was last compared with Graph's list; null before the first time");

/** Graph's code, and ours for what is refused here. */
export const code = z.int().describe("Graph's error code");

const cursor = z.string().describe('Opaque: send it back as it is');

/** Of a list whose pages are read forward. */
export const paging = z.strictObject({
  cursors: z.strictObject({ before: cursor.optional(), after: cursor.optional() }),
  next: z.url().optional().describe('The next page; absent if there is none'),
});

/** Of a list whose pages are read in both directions. */
export const twoWayPaging = paging.extend({
  previous: z.url().optional().describe('The previous page; absent if there is none'),
});
