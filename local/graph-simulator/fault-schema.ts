import { z } from 'zod';

/** Whether the change that the request asked for is made although the answer says nothing of it. */
const applied = z.boolean().default(false);
/** The first `users` entries of a request, or each with a probability; neither: all. */
const whichUsers = { users: z.int().positive().optional(), probability: z.number().min(0).max(1).optional() };

/** Sends `Retry-After`: a number of seconds, or the date that many seconds after the answer's. */
const retryAfter = z
  .strictObject({ seconds: z.number(), as: z.enum(['seconds', 'date']).default('seconds') })
  .optional();

const faultSchema = z.discriminatedUnion('kind', [
  /** A Graph error for the whole request. If status and message are absent, they follow from the code. */
  z.strictObject({
    kind: z.literal('error'),
    code: z.int().nonnegative(),
    subcode: z.int().optional(),
    status: z.int().min(200).max(599).optional(),
    message: z.string().optional(),
    isTransient: z.boolean().optional(),
    /** Sends `x-business-use-case-usage` with this `estimated_time_to_regain_access`, minutes. */
    regainAccessMinutes: z.int().nonnegative().optional(),
    retryAfter,
    applied,
  }),
  /** An error for single users who would have succeeded, in an otherwise normal answer. */
  z.strictObject({ kind: z.literal('user-errors'), code: z.int().nonnegative(), ...whichUsers, applied }),
  /** Users are left out of the answer. */
  z.strictObject({ kind: z.literal('forget'), ...whichUsers, applied: z.boolean().default(true) }),
  /** An HTTP status with a line of plain text, as a gateway sends it. */
  z.strictObject({ kind: z.literal('http'), status: z.int().min(400).max(599), retryAfter, applied }),
  /** The error page of a proxy. */
  z.strictObject({ kind: z.literal('html'), status: z.int().min(200).max(599).default(502), retryAfter, applied }),
  /** JSON that is not Graph's, such as a gateway's `{"message":"Unauthorized"}` with 401. */
  z.strictObject({
    kind: z.literal('json'),
    status: z.int().min(200).max(599).default(200),
    body: z.json(),
    retryAfter,
    applied,
  }),
  /** The first half of the answer. With `declareWhole` the header promises the rest and the connection ends early. */
  z.strictObject({ kind: z.literal('truncated'), declareWhole: z.boolean().default(false), applied }),
  z.strictObject({ kind: z.literal('empty'), status: z.int().min(200).max(599).default(200), retryAfter, applied }),
  /** The connection is reset instead of an answer. */
  z.strictObject({ kind: z.literal('reset'), applied }),
  /** No answer until the client gives up. */
  z.strictObject({ kind: z.literal('hang'), applied }),
]);

/**
 * A fault, and the requests that it affects: those of `method` and `phoneNumberId` (absent: any), and of these the `nth`
 * (from 1, or several), or the `next` n, or each with `probability`, or every one. A GET of debug_token is about no number.
 * Rules that name no number affect it, except those for single users.
 */
export const faultRuleSchema = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'DELETE']).optional(),
    phoneNumberId: z.string().optional(),
    nth: z.union([z.int().positive(), z.array(z.int().positive()).min(1)]).optional(),
    next: z.int().positive().optional(),
    probability: z.number().min(0).max(1).optional(),
    fault: faultSchema,
  })
  .refine(({ nth, next, probability }) => [nth, next, probability].filter((x) => x !== undefined).length <= 1, {
    path: ['nth'],
    message: 'give one of nth, next and probability, or none for every request',
  });

export const faultRulesSchema = z.array(faultRuleSchema);

export type Fault = z.output<typeof faultSchema>;
export type FaultRule = z.output<typeof faultRuleSchema>;
export type FaultRuleInput = z.input<typeof faultRuleSchema>;
export type GraphMethod = NonNullable<FaultRule['method']>;
