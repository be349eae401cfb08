import { z } from 'zod';
import { REASON_CODE, REQUIRED_REASONS } from '../contract/reasons.ts';
import { AGES_DAYS } from '../core/users/number-summary.ts';
import { actor, code, count, onBehalfOf, paging, phoneNumberId, reconciledAt, time } from './values.ts';

/** The list of a number as a whole. */
export const blocklist = z
  .strictObject({
    size: count.describe("Users on the mirror's list"),
    limit: count.describe('Users that the list can hold'),
    remaining: count,
    deferred: count.describe('Users who are blocked as soon as they write'),
    expiring: count.describe('Blocks that end by themselves'),
    reconciled_at: reconciledAt,
    drift: z
      .strictObject({ added: count, removed: count })
      .nullable()
      .describe("What the last reconciliation corrected: users on Graph's list only, and on the mirror only"),
    running_jobs: count,
    blocks: z
      .strictObject({
        counted_at: time.describe('When they were counted: the time of the last finished reconciliation'),
        total: count,
        expiring: count.describe('Blocks that end by themselves'),
        by_reason_code: z.record(z.string(), count).describe('For each code that some block has'),
        without_reason_code: count,
        older_than_days: z
          .record(z.string(), count)
          .describe(`Blocks that are older than so many days: ${AGES_DAYS.join(', ')}`),
      })
      .optional()
      .describe('The blocks as a reconciliation counted them last, to decide whom to unblock. Absent before the first'),
    reconcile_failure: z
      .strictObject({ at: time, code, message: z.string() })
      .optional()
      .describe('Why the last reconciliation did not finish'),
    out_of_use_since: time.optional().describe('Set if the number is out of use'),
    reconcile_requested: z
      .strictObject({ at: time, actor, on_behalf_of: onBehalfOf.optional() })
      .optional()
      .describe('The last reconciliation that a caller asked for'),
  })
  .meta({ id: 'Blocklist' });
export type Blocklist = z.infer<typeof blocklist>;

/** The same of each number, as far as it is stored in one place. */
export const numbers = z
  .strictObject({
    data: z.array(
      blocklist
        .omit({ running_jobs: true, out_of_use_since: true, reconcile_requested: true })
        .extend({ phone_number_id: phoneNumberId })
        .meta({ id: 'NumberInUse' }),
    ),
    paging,
    reason_codes: z
      .array(z.string().regex(REASON_CODE))
      .describe('The codes that this deployment takes as the `reason_code` of a change'),
    require_reason: z
      .enum(REQUIRED_REASONS)
      .describe('What every change must have on this deployment: nothing, a `reason_code`, or a `reason` (`text`)'),
  })
  .meta({ id: 'Numbers' });
export type Numbers = z.infer<typeof numbers>;

export const reconciliation = z
  .strictObject({
    phone_number_id: phoneNumberId,
    status: z.enum(['started', 'running']).describe('`running`: somebody had asked for it before'),
    reconciled_at: reconciledAt,
  })
  .meta({ id: 'Reconciliation' });
export type Reconciliation = z.infer<typeof reconciliation>;
