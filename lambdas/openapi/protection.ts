import { z } from 'zod';
import { known } from './user.ts';
import * as values from './values.ts';

/** A user whom nobody can block. */
export const protectedUser = z
  .strictObject({
    wa_id: values.waId.optional(),
    user_id: values.userId.optional(),
    ids: z
      .array(z.string())
      .describe('Every id by which the user is protected: each form of their number, and their BSUIDs'),
    reason: values.reason.optional(),
    reason_code: values.reasonCode.optional(),
    protected_at: values.time.describe('When the protection began'),
    protected_by: values.actor.describe('Who last asked for it'),
    on_behalf_of: values.onBehalfOf.optional(),
  })
  .meta({ id: 'ProtectedUser' });
export type ProtectedUser = z.infer<typeof protectedUser>;

const isProtected = { protected: z.literal(true) };
export const oneProtected = protectedUser.extend(isProtected).meta({ id: 'Protected' });
export type Protected = z.infer<typeof oneProtected>;

export const protection = protectedUser
  .extend({
    ...isProtected,
    blocked_on: z
      .array(known.extend({ phone_number_id: values.phoneNumberId }))
      .describe(
        'The numbers on which the user is blocked now, or has a deferred block. These blocks stay until somebody ends them; a deferred block ends when it is tried next',
      ),
  })
  .meta({ id: 'Protection' });
export type ProtectionAnswer = z.infer<typeof protection>;

export const unprotected = z
  .strictObject({ protected: z.literal(false), wa_id: values.waId.optional(), user_id: values.userId.optional() })
  .meta({ id: 'Unprotected' });
export type Unprotected = z.infer<typeof unprotected>;

export const protectedUsers = z
  .strictObject({ data: z.array(protectedUser), paging: values.paging })
  .meta({ id: 'ProtectedUsers' });
export type ProtectedUsers = z.infer<typeof protectedUsers>;
