import { z } from 'zod';
import { code } from './values.ts';

const error = z.strictObject({
  message: z.string().describe('What is wrong, for a person; of a field, with its name and limit'),
  type: z.string(),
  code,
  error_subcode: z.int().optional().describe("Graph's subcode, if it sent one"),
  error_data: z.strictObject({ details: z.string() }),
  fbtrace_id: z.string().describe("Graph's id of its answer if Graph refused, else this service's request id"),
});

/** A request that was refused whole, in Graph's shape. */
export const refused = z.strictObject({ error }).meta({ id: 'Refused' });
export type Refused = z.infer<typeof refused>;

/** Why one user of a request failed. */
export const userError = z
  .strictObject({
    message: z.string(),
    code,
    error_data: z.strictObject({
      details: z.string(),
      blocklist_code: z
        .enum(['protected_user'])
        .optional()
        .describe('Why this service refuses the user, for programs. `protected_user`: nobody can block this user'),
    }),
  })
  .meta({ id: 'UserError' });
export type UserError = z.infer<typeof userError>;

/** The error beside the results of users, in Graph's shape. */
export const someUsersFailed = error.omit({ error_subcode: true }).extend({ code: z.literal(139_100) });
