import { z } from 'zod';
import * as values from './values.ts';

const { count, phoneNumberId } = values;

/** What an erasure removed, and what it left. */
export const receipt = z
  .strictObject({
    erased: z
      .strictObject({ numbers: count, events: count, items: count, aliases: count })
      .describe('What this request erased; a repeat finds nothing more'),
    standing: z
      .array(
        z.strictObject({
          phone_number_id: phoneNumberId,
          state: z.enum(['blocked', 'deferred']),
          code: values.code.optional().describe('Why Graph did not unblock the user, if it was asked to'),
        }),
      )
      .describe('Blocks that stand, without anything but the id of the user'),
    remains: z
      .array(
        z.strictObject({
          where: z.enum([
            'jobs',
            'operations',
            'logs',
            'published_events',
            'point_in_time_recovery',
            'graph',
            'mirror',
            'protected_users',
            'other_user',
            'numbers_out_of_use',
            'numbers_not_named',
          ]),
          until: values.time.optional().describe('When the last of it is deleted'),
          job_ids: z.array(values.jobId).optional(),
          phone_number_ids: z.array(phoneNumberId).optional(),
          why: z.string(),
        }),
      )
      .describe('What may still have an id of the user, or words about them'),
  })
  .meta({ id: 'ErasureReceipt' });
export type Receipt = z.infer<typeof receipt>;
