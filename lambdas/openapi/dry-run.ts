import { z } from 'zod';
import * as values from './values.ts';

const { count } = values;

const counts = z
  .strictObject({
    sent: count.describe('Entries, duplicates included'),
    distinct: count.describe('The sum of all that follow'),
    new: count.describe('Users whose state would change'),
    already: count.describe('Users who are blocked already; for an unblock, users who are not blocked'),
    malformed: count.describe('Entries that name no user'),
    protected: count.describe('Users whom nobody can block'),
    no_room: count.describe('Users for whom the list has no room'),
  })
  .meta({ id: 'DryRunCounts' });

/** What a request would do; nothing was called or written. */
export const dryRun = z
  .strictObject({
    messaging_product: values.product,
    dry_run: z.strictObject({
      users: counts,
      numbers: z
        .array(z.strictObject({ phone_number_id: values.phoneNumberId, users: counts }))
        .optional()
        .describe('The users of each number, for `POST /jobs`; `users` is the sum'),
      results: z
        .array(
          z.strictObject({
            phone_number_id: values.phoneNumberId.optional(),
            input: values.shownInput,
            would: z.enum(['block', 'unblock', 'nothing', 'fail']),
            state: z
              .enum(['blocked', 'unblocked', 'deferred', 'unknown'])
              .optional()
              .describe('The present state of the user'),
            code: values.code.optional(),
            message: z.string().optional(),
          }),
        )
        .max(1_000)
        .describe('Entries that are not simply new'),
      truncated: z.boolean().describe('Whether there are more results than these'),
    }),
  })
  .meta({ id: 'DryRun' });
export type DryRun = z.infer<typeof dryRun>;
