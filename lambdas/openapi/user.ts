import { z } from 'zod';
import { userError } from './error.ts';
import * as values from './values.ts';

const { time, waId, userId, source, actor } = values;

/** What the mirror knows of a user. */
export const known = z.strictObject({
  blocked: z.boolean(),
  state: z
    .enum(['blocked', 'unblocked', 'deferred', 'unknown'])
    .describe('`deferred`: blocked as soon as the user writes; `unknown`: never blocked through this service'),
  wa_id: waId.optional(),
  user_id: userId.optional(),
  asked_as: z.string().optional().describe('The id that was asked for, if the user is known by another one'),
  changed_to: z
    .string()
    .optional()
    .describe('The id that the user has now, if the one that was asked for is an earlier one'),
  blocked_at: time.optional(),
  deferred_at: time.optional(),
  expires_at: values.expiresAt.optional(),
  reason: values.reason.optional(),
  reason_code: values.reasonCode.optional(),
  blocked_by: actor.optional(),
  source: source.optional(),
});
export type KnownUser = z.infer<typeof known>;

export const user = known.extend({ reconciled_at: values.reconciledAt }).meta({ id: 'User' });
export type User = z.infer<typeof user>;

/** What the mirror of one number knows of a user. */
const onNumber = known
  .extend({ phone_number_id: values.phoneNumberId, reconciled_at: values.reconciledAt })
  .meta({ id: 'UserOnNumber' });
export const userEverywhere = z
  .strictObject({
    wa_id: waId.optional().describe('As any of the numbers knows it'),
    user_id: userId.optional().describe('As any of the numbers knows it'),
    protected: z.boolean().describe('Whether the user is protected from blocks'),
    data: z.array(onNumber).describe('One for each number in use, in their order'),
    paging: values.paging,
  })
  .meta({ id: 'UserEverywhere' });
export type UserEverywhere = z.infer<typeof userEverywhere>;

export const lookedUpUser = known
  .extend({
    input: values.shownInput,
    errors: z.array(userError).length(1).optional().describe('Why the entry names no user'),
  })
  .meta({ id: 'LookedUpUser' });
export type LookedUpUser = z.infer<typeof lookedUpUser>;
export const lookup = z
  .strictObject({
    data: z.array(lookedUpUser).describe('One for each entry, in the order of the request'),
    reconciled_at: values.reconciledAt,
  })
  .meta({ id: 'Lookup' });
export type Lookup = z.infer<typeof lookup>;

/** One change of a user. */
export const auditEvent = z
  .strictObject({
    at: time,
    action: z.enum([...values.action.options, 'user_changed_number', 'user_changed_user_id', 'protect', 'unprotect']),
    outcome: z.enum(['succeeded', 'failed', 'deferred']),
    code: values.code.optional(),
    reason: values.reason.optional(),
    reason_code: values.reasonCode.optional(),
    actor,
    on_behalf_of: values.onBehalfOf.optional(),
    source,
    operation_id: z.string(),
    job_id: values.jobId.optional(),
    expires_at: values.expiresAt.optional(),
    previous: z.string().optional().describe('The id that the user had before'),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof auditEvent>;
export const history = z.strictObject({ data: z.array(auditEvent), paging: values.paging }).meta({ id: 'History' });
export type History = z.infer<typeof history>;

export const historyEverywhere = z
  .strictObject({
    data: z.array(
      auditEvent
        .extend({
          phone_number_id: values.phoneNumberId.optional().describe('Absent if the event concerns every number'),
        })
        .meta({ id: 'NumberEvent' }),
    ),
    paging: values.paging,
  })
  .meta({ id: 'HistoryEverywhere' });
export type HistoryEverywhere = z.infer<typeof historyEverywhere>;

/** An item of the list: Graph's fields, or those that `fields` names. */
export const listedUser = z
  .strictObject({
    messaging_product: values.product.optional(),
    wa_id: waId.optional(),
    user_id: userId.optional(),
    input: values.input.optional(),
    reason: values.reason.optional(),
    reason_code: values.reasonCode.optional(),
    blocked_at: time.optional(),
    expires_at: values.expiresAt.optional(),
    blocked_by: actor.optional(),
    source: source.optional(),
  })
  .meta({ id: 'ListedUser' });
export type ListedUser = z.infer<typeof listedUser>;
export const list = z.strictObject({ data: z.array(listedUser), paging: values.twoWayPaging }).meta({ id: 'List' });
export type List = z.infer<typeof list>;
