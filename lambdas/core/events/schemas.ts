import * as z from 'zod/mini';
import { FULLNESS_LEVELS, NUMBERS_PER_EVENT } from '../../contract/events.ts';
import { JOB_ID, PHONE_NUMBER_ID, ULID } from '../ids.ts';

const text = (description: string) => z.string().check(z.describe(description));
const count = (description: string) => z.int().check(z.nonnegative(), z.describe(description));
const time = (description: string) => z.iso.datetime().check(z.describe(description));
const phoneNumberId = z
  .string()
  .check(z.regex(PHONE_NUMBER_ID), z.describe('Id of the WhatsApp Business phone number'));

/** What every event has. */
const common = {
  id: text('Names the event. An event that arrives twice has the same id'),
  sequence: z
    .string()
    .check(
      z.regex(ULID),
      z.describe('A ULID. Of two events of one number, the greater was recorded later, to the millisecond'),
    ),
  at: time('When the event was recorded, in ISO 8601, in UTC'),
};
const ofNumber = { ...common, phone_number_id: phoneNumberId };

const changedUsers = {
  ...ofNumber,
  operation_id: z
    .string()
    .check(z.regex(ULID), z.describe('The operation that changed them, as in `GET …/operations`')),
  count: count('How many users: at most as many as one request to Graph has'),
  users: z.optional(
    z.array(z.string()).check(z.describe('Their ids (`wa_id` or BSUID). Only if the stack has `events.users: true`')),
  ),
};

const token = {
  ...common,
  is_default: z.boolean().check(z.describe('Whether it is the token of every number without one of its own')),
  number_count: count('Numbers for which the secret has this token'),
  phone_number_ids: z
    .array(phoneNumberId)
    .check(z.maxLength(NUMBERS_PER_EVENT), z.describe(`These numbers, at most ${NUMBERS_PER_EVENT}`)),
};

/** The `detail` of each event, by its `detail-type`. The only place that says what an event has. */
export const EVENTS = {
  'Job Finished': z
    .object({
      ...ofNumber,
      job_id: z.string().check(z.regex(JOB_ID), z.describe('`<phone number id>-<ULID>`')),
      batch_id: z.optional(
        z.string().check(z.regex(ULID), z.describe('The same for all jobs of one request for several numbers')),
      ),
      run: z.int().check(z.positive(), z.describe('1, and one more with each retry. Each run ends once')),
      action: z.enum(['block', 'unblock']),
      status: z.enum(['succeeded', 'partially_failed', 'failed', 'cancelled']),
      users: z.object({
        total: count('Distinct users and malformed entries'),
        succeeded: count('Users who are as the job wanted them'),
        failed: count('Users who are not'),
        deferred: count('Users whose block waits until they write'),
      }),
      error_code: z.optional(z.int().check(z.describe('Why the job ended before all of its users were sent'))),
      created_at: time('When the job was accepted'),
      finished_at: time('When this run ended'),
    })
    .check(z.describe('A job has ended: every user has an outcome')),
  'Drift Found': z
    .object({
      ...ofNumber,
      added: count("Users who were only on Graph's list"),
      removed: count('Users who were only in the mirror'),
      reconciled_at: time("When Graph's list was read"),
    })
    .check(z.describe("A reconciliation found that Graph's list and the mirror differed, and corrected the mirror")),
  'List Nearly Full': z
    .object({
      ...ofNumber,
      level: z.literal([...FULLNESS_LEVELS]).check(z.describe('Percent that the list has just reached')),
      limit: count('Users that the list can hold'),
    })
    .check(
      z.describe(
        'The list of a number has become nearly full, as the end of a job of blocks or a reconciliation found. Each level is told once, and again only after a reconciliation has seen the list below it',
      ),
    ),
  'Token Refused': z
    .object(token)
    .check(z.describe('Graph refuses an access token. Told by the daily check, on each day that finds it so')),
  'Token Expiring': z
    .object({
      ...token,
      expires_at: time('When it ends'),
      ends: z
        .enum(['token', 'data_access'])
        .check(z.describe("What ends: the token, or the app's access to the data of the token's owner")),
    })
    .check(z.describe('An access token ends within `tokenWarningDays`. Told once a day until it is replaced')),
  'Key Expiring': z
    .object({
      ...common,
      key_id: text('Id of the API key'),
      name: text('Its name'),
      expires_at: time('When its newest secret ends'),
    })
    .check(z.describe('An API key ends within `tokenWarningDays`. Told once a day until it is rotated or revoked')),
  'Block Expired': z
    .object(changedUsers)
    .check(z.describe('Temporary blocks have ended: one event for each operation of a run, with up to 1,000 users')),
  'Deferred Block Applied': z
    .object(changedUsers)
    .check(z.describe('Graph has accepted blocks that waited: one event for each operation, with up to 1,000 users')),
  'Number Not Reconciled': z
    .object({
      ...ofNumber,
      code: z.int().check(z.describe("Graph's code, or this service's (190: there is no token)")),
    })
    .check(
      z.describe(
        "Graph's list of a number could not be read. Told once, and again only after a reconciliation has succeeded",
      ),
    ),
} as const;
