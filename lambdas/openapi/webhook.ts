import { z } from 'zod';
import { count, phoneNumberId } from './values.ts';

/** The effects of a forwarded webhook: counts, and no id of a user. */
export const received = z
  .strictObject({
    senders: count.describe('Ids of users who wrote'),
    blocked: count.describe('Deferred blocks that were made'),
    waiting: count.describe('Deferred blocks that Graph still refused'),
    moved: count.describe('Users who were followed to another number or id'),
    not_followed: z
      .array(
        z.strictObject({
          phone_number_id: phoneNumberId.optional(),
          action: z.enum(['user_changed_number', 'user_changed_user_id']),
          reason: z.enum([
            'no_old_id',
            'no_new_id',
            'contradictory_ids',
            'no_timestamp',
            'no_app_secret',
            'not_signed',
            'too_old',
            'in_the_future',
            'refused_by_graph',
            'older_than_known',
            'another_user',
            'protected_user',
            'no_phone_number_id',
          ]),
          count,
        }),
      )
      .describe('Changes of identity that were not followed, each kind once'),
  })
  .meta({ id: 'Received' });
export type Received = z.infer<typeof received>;
