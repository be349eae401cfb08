import { z } from 'zod';
import { API_KEY_LIMITS } from '../contract/api-keys.ts';
import { GRAPH_GENERAL_PARAMETERS } from '../contract/graph-parameters.ts';
import { LIMITS } from '../contract/limits.ts';
import { DEFAULT_REASON_CODES, REASON_CODE } from '../contract/reasons.ts';
import { keyScope } from './key.ts';
import { phoneNumberId, product } from './values.ts';

/**
 * What the routes take as JSON, for the document. The readers of `lambdas/http/` are written by hand, since a schema of each
 * of 64,000 entries costs half of a request's time; a property test compares both.
 */

/** Texts that UTF-8 can carry. */
const text = z.string().regex(/^[^\ud800-\udfff]*$/u);
/** One line: no control characters, line breaks, direction controls or halves of surrogate pairs. */
export const line = z
  .string()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]*$/u);

const user = text.describe(
  'A phone number as people write it, with `+` and the country code, or a `wa_id`: digits alone',
);
const userId = text.describe('A business-scoped user id (BSUID)');

/** One of both; `user` wins, as at Graph. What else an entry has is passed over. */
const entry = z.union([
  z.looseObject({ user, user_id: userId.nullish() }),
  z.looseObject({ user: z.null().optional(), user_id: userId }),
]);

/** Options are for the whole list. In an entry they would be lost, so they are refused. */
const NOT_IN_AN_ENTRY = ['reason', 'expires_at', 'expires_in', 'defer', 'dry_run', 'reason_code'];
export const blockEntry = entry.meta({
  id: 'Entry',
  patternProperties: { [`^(${NOT_IN_AN_ENTRY.join('|')})$`]: false },
});

const blockUsers = z
  .array(blockEntry)
  .min(1)
  .max(LIMITS.entriesPerRequest)
  .describe('An entry that names no user fails alone; the others are processed');

const reason = line
  .max(LIMITS.reasonCharacters)
  .nullish()
  .describe(
    'Why, in one line. It is recorded, and never sent to Graph. Characters are counted in UTF-16: most emoji are two',
  );
const reasonCode = z
  .string()
  .regex(REASON_CODE)
  .nullish()
  .describe(
    `Why, as one of the codes that the deployment has: by default ${DEFAULT_REASON_CODES.join(', ')}. It is recorded, and never sent to Graph. Deployments may require it, or \`reason\``,
  );

/** Seconds of five years, one of them a leap year. */
const MOST_SECONDS = (365 * LIMITS.blockYears + 1) * 24 * 60 * 60;
const terms = {
  expires_at: z
    .string()
    .regex(z.regexes.datetime({ offset: true }))
    .meta({ format: 'date-time' })
    .nullish()
    .describe(`When the block ends by itself: in the future, at most ${LIMITS.blockYears} years ahead`),
  expires_in: z.int().min(1).max(MOST_SECONDS).nullish().describe('The same in seconds from now; send one of both'),
  defer: z
    .boolean()
    .nullish()
    .describe(
      'Whether users who did not write in the last 24 hours are blocked as soon as they write, instead of failing',
    ),
};
const isGiven = (name: string) => ({ required: [name], properties: { [name]: { not: { type: 'null' } } } });
const notBothEnds = { not: { allOf: [isGiven('expires_at'), isGiven('expires_in')] } };

/** Taken and not read, so that Graph's clients work unchanged. */
const generalParameters = { patternProperties: { [`^(${GRAPH_GENERAL_PARAMETERS.join('|')})$`]: {} } };

const dryRun = z
  .boolean()
  .nullish()
  .describe('`true`: nothing is called or changed, and the answer says what would happen to whom');

const change = {
  messaging_product: product,
  block_users: blockUsers,
  reason,
  reason_code: reasonCode,
  dry_run: dryRun,
};
export const blockRequest = z
  .strictObject({ ...change, ...terms })
  .meta({ id: 'BlockRequest', ...generalParameters, ...notBothEnds });

export const revertRequest = z
  .strictObject({
    reason: reason.describe('Why, in one line; `Reverts job <id>` without it'),
    reason_code: reasonCode,
    expires_at: terms.expires_at.describe(
      `Only if the job unblocked users: when their blocks end by themselves, at most ${LIMITS.blockYears} years ahead. When they were to end before is not known`,
    ),
    expires_in: terms.expires_in,
  })
  .meta({ id: 'RevertRequest', ...notBothEnds });

/** Terms that ask for nothing, as clients send that fill in every field. */
const noTerms = {
  expires_at: z.null().optional(),
  expires_in: z.null().optional(),
  defer: z.literal(false).nullish(),
};
export const unblockRequest = z
  .strictObject({ ...change, ...noTerms })
  .meta({ id: 'UnblockRequest', ...generalParameters });

const onNumbers = { ...change, messaging_product: product.nullish() };
const someNumbers = {
  phone_number_ids: z.array(phoneNumberId).min(1).max(LIMITS.numbersPerRequest),
  all_numbers: z.literal(false).nullish(),
};
const allNumbers = {
  phone_number_ids: z.null().optional(),
  all_numbers: z.literal(true).describe('In place of `phone_number_ids`: every number in use, up to 1,000'),
};
const forBlock = { action: z.literal('block'), ...onNumbers, ...terms };
const forUnblock = { action: z.literal('unblock'), ...onNumbers, ...noTerms };
export const createJobsRequest = z
  .union([
    z.strictObject({ ...forBlock, ...someNumbers }).meta(notBothEnds),
    z.strictObject({ ...forBlock, ...allNumbers }).meta(notBothEnds),
    z.strictObject({ ...forUnblock, ...someNumbers }),
    z.strictObject({ ...forUnblock, ...allNumbers }),
  ])
  .meta({ id: 'CreateJobsRequest' });

export const eraseUserRequest = z
  .strictObject({
    phone_number_ids: z
      .array(phoneNumberId)
      .min(1)
      .max(LIMITS.numbersPerRequest)
      .nullish()
      .describe('Numbers, in use or not; every number in use without it'),
    unblock: z.boolean().nullish().describe('Whether the user is unblocked first, so that no block stands'),
  })
  .meta({ id: 'EraseUserRequest' });

export const lookupRequest = z
  .strictObject({
    messaging_product: product.nullish(),
    users: z
      .array(z.union([text, entry]))
      .min(1)
      .max(LIMITS.usersPerLookup)
      .describe('Phone numbers, `wa_id`s and BSUIDs, each as a text or as an entry of `block_users`'),
  })
  .meta({ id: 'LookupRequest' });

export const createKeyRequest = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(API_KEY_LIMITS.nameCharacters)
      .regex(/^[A-Za-z0-9_+=,.@-]+$/)
      .describe('Name of the caller. No other key may have it, or have had it, in whatever case'),
    scopes: z.array(keyScope).min(1).max(keyScope.options.length),
    phone_number_ids: z
      .array(phoneNumberId)
      .min(1)
      .max(LIMITS.numbersPerKey)
      .nullish()
      .describe('The numbers that the caller may use; all numbers without it'),
    expires_in: z
      .int()
      .min(1)
      .max(API_KEY_LIMITS.lifeSeconds)
      .nullish()
      .describe('Seconds for which each secret of the key works; 365 days without it, 730 days at most'),
  })
  .meta({ id: 'CreateKeyRequest' });
export const rotateKeyRequest = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(API_KEY_LIMITS.overlapSeconds)
      .nullish()
      .describe('Seconds for which earlier secrets still work; 7 days without it, 30 days at most, 0 ends them now'),
  })
  .meta({ id: 'RotateKeyRequest' });

export const protectionRequest = z.strictObject({ reason, reason_code: reasonCode }).meta({ id: 'ProtectionRequest' });

/** A payload of WhatsApp's, as it came. */
export const webhookRequest = z
  .looseObject({
    object: z.literal('whatsapp_business_account'),
    entry: z.array(z.unknown()),
  })
  .meta({ id: 'WebhookRequest' });
