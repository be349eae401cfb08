import { z } from 'zod';
import { someUsersFailed, userError } from './error.ts';
import { job } from './job.ts';
import { input, product, userId, waId } from './values.ts';

export const changedUser = z
  .strictObject({ input, wa_id: waId.optional(), user_id: userId.optional() })
  .meta({ id: 'ChangedUser' });
export type ChangedUser = z.infer<typeof changedUser>;

export const failedUser = changedUser.extend({ errors: z.array(userError).length(1) }).meta({ id: 'FailedUser' });
export type FailedUser = z.infer<typeof failedUser>;

const added = { added_users: z.array(changedUser) };
const removed = { removed_users: z.array(changedUser) };
const deferred = {
  deferred_users: z
    .array(changedUser)
    .min(1)
    .optional()
    .describe('With `defer`: users who did not write in the last 24 hours. They are blocked as soon as they write'),
};
const failed = { failed_users: z.array(failedUser).min(1) };

const error = { messaging_product: product, error: someUsersFailed };

/** The answer to a block. Every entry of the request is in one of the lists. */
export const blocked = z
  .strictObject({
    messaging_product: product,
    block_users: z.strictObject({ ...added, ...deferred }),
  })
  .meta({ id: 'Blocked' });
export const someNotBlocked = z
  .strictObject({
    ...error,
    block_users: z.strictObject({ ...added, ...deferred, ...failed }),
  })
  .meta({ id: 'SomeNotBlocked' });
/** The answer to an unblock. */
export const unblocked = z
  .strictObject({ messaging_product: product, block_users: z.strictObject(removed) })
  .meta({ id: 'Unblocked' });
export const someNotUnblocked = z
  .strictObject({ ...error, block_users: z.strictObject({ ...removed, ...failed }) })
  .meta({ id: 'SomeNotUnblocked' });

/** Of either action: the lists of both differ in a name. */
type EitherList<Block extends z.ZodType<Listing>, Unblock extends z.ZodType<Listing>> = Omit<
  z.infer<Block>,
  'block_users'
> & { block_users: z.infer<Block>['block_users'] | z.infer<Unblock>['block_users'] };
type Listing = { block_users: unknown };
export type Changed = EitherList<typeof blocked, typeof unblocked>;
export type SomeNotChanged = EitherList<typeof someNotBlocked, typeof someNotUnblocked>;

/** The answer to a request that became a job. */
export const accepted = z.strictObject({ messaging_product: product, job }).meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof accepted>;
