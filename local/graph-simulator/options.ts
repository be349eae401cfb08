import { z } from 'zod';
import { type DialectRules, dialectName, dialectOf, dialectRuleFields } from './dialects.ts';
import { codePlace } from './error-spelling.ts';
import { faultRulesSchema } from './fault-schema.ts';
import { userSchema } from './users.ts';

export const milliseconds = z.number().nonnegative();
export const epochMs = z.int().nonnegative();
export const phoneNumberIdSchema = z.string().regex(/^\d{1,32}$/, 'expected the digits of a phone number id');
/** When users last wrote, epoch ms; null: never. */
const lastInboundAt = z.record(userSchema, epochMs.nullable()).default({});

const token = z.union([
  z.string().min(1),
  z.strictObject({
    token: z.string().min(1),
    /** From this moment on (epoch ms, by the simulator's clock) the token is refused with 190, subcode 463. */
    expiresAt: epochMs.optional(),
    /** What debug_token gives as `data_access_expires_at`, and nothing else: epoch ms. */
    dataAccessExpiresAt: epochMs.optional(),
  }),
]);

export const numberOptionsSchema = z.strictObject({
  dialect: dialectName.nullable().default(null),
  ...dialectRuleFields,
  /** The number itself: blocking it is refused with 131021. */
  ownNumber: userSchema.nullable().default(null),
  /** Tokens that this number takes, instead of the simulator's. */
  tokens: z.array(token).nullable().default(null),
  /** Comes before the simulator's `lastInboundAt`: a user writes to one number, not to all. */
  lastInboundAt,
});

/** Every option, its meaning and its default. Rules not explained here are those of `graph-api.md` and Meta's guide. */
export const optionsSchema = z.strictObject({
  /** Everything random (faults by probability, jitter, trace ids) follows from it. */
  seed: z.int().default(1),
  dialect: dialectName.default('meta'),
  ...dialectRuleFields,
  /** Settings of single phone number ids. */
  numbers: z.record(phoneNumberIdSchema, numberOptionsSchema).default({}),
  /** Ids that exist; others get 100, subcode 33. Null: every id of digits exists. */
  phoneNumberIds: z.array(phoneNumberIdSchema).nullable().default(null),

  /** Obviously fake ones by default. */
  tokens: z.array(token).default(['EAA-local-simulator-token', 'pk_live_local-simulator-token']),
  /** Subcode of the 190 that a wrong token gets: 460 password changed, 463 expired, 467 invalidated, null none. */
  invalidTokenSubcode: z
    .union([z.literal(460), z.literal(463), z.literal(467)])
    .nullable()
    .default(null),
  /** When set, every call must carry `appsecret_proof` in its query: HMAC-SHA256 of the token, hex. */
  appSecret: z.string().min(1).nullable().default(null),

  /** Users that a list can hold. */
  listLimit: z.int().nonnegative().default(64_000),
  /** When users do not fit: 139101 for each of those, or for the request (then nothing is applied). */
  listFull: z.enum(['user', 'request']).default('user'),
  /** Users of a GET without `limit`. Graph's usual page. */
  defaultPageSize: z.int().positive().default(25),
  /** The most users of a page, even if `limit` asks for more. */
  pageSizeCap: z.int().positive().default(1_000),
  /** Whether `paging.next` and `paging.previous` are given. */
  pagingLinks: z.boolean().default(false),
  /**
   * What follows the last user: a page without data, or a last page without `after`, or a last page whose `after` is the
   * cursor of that page itself (as in Meta's example answer), so that a client that follows it gets the same page forever.
   */
  endOfList: z.enum(['empty-data', 'no-after', 'repeated-after']).default('empty-data'),

  /** When a user not named in `lastInboundAt` last wrote: a moment (epoch ms), always just now, or never. */
  defaultLastInboundAt: z.union([z.enum(['now', 'never']), epochMs]).default('now'),
  lastInboundAt,
  /** How long after a message its sender can be blocked. */
  messageWindowMs: milliseconds.default(24 * 3_600_000),
  /** Whether the window also applies to an unblock. */
  unblockNeedsMessage: z.boolean().default(false),
  /** Whether the window also applies to a block of a user who is already on the list. */
  alreadyBlockedNeedsMessage: z.boolean().default(false),
  /** Numbers that are no WhatsApp users: 131047, without `wa_id`. */
  invalidNumbers: z.array(userSchema).default([]),
  /**
   * Numbers in E.164 that are nevertheless refused as phone numbers, as by a provider that knows the numbering plans of
   * countries.
   */
  malformedNumbers: z.array(userSchema).default([]),
  businessAccounts: z.array(userSchema).default([]),
  /** Code of the per-user refusal to block a business account. Meta names none. */
  businessAccountCode: z.int().positive().default(100),
  /** Code of the failure of a user who is already blocked (or not blocked). Documented nowhere. */
  alreadyDoneCode: z.int().positive().default(100),
  /** Users that an answer does not mention at all. */
  forgotten: z.array(userSchema).default([]),
  /** Whether their block or unblock is made nevertheless. */
  forgottenAreApplied: z.boolean().default(true),
  /** Users whose items on the list have no id. */
  listedWithoutId: z.array(userSchema).default([]),
  /** Number sent → `wa_id`, if they differ. */
  waIds: z.record(userSchema, userSchema).default({}),

  /** Every answer waits `fixedMs` + `perUserMs` × users + up to `jitterMs`; a change is made at the end of the wait. */
  latency: z
    .strictObject({
      fixedMs: milliseconds.default(0),
      perUserMs: milliseconds.default(0),
      jitterMs: milliseconds.default(0),
    })
    .prefault({}),
  /** Requests that one phone number id may make in a sliding window; more get 130429. Null: no limit. */
  rateLimit: z
    .strictObject({
      requests: z.int().nonnegative(),
      windowMs: milliseconds,
      status: z.union([z.literal(400), z.literal(429)]).default(400),
      /** `estimated_time_to_regain_access`, minutes; null: until the window has room. */
      regainAccessMinutes: z.int().nonnegative().nullable().default(null),
      /** Whether `Retry-After` says the same, as seconds or as a date. */
      retryAfter: z.enum(['seconds', 'date']).nullable().default(null),
    })
    .nullable()
    .default(null),
  /** On which answers `x-business-use-case-usage` is sent. */
  usageHeader: z.enum(['limited', 'always', 'never']).default('limited'),
  /**
   * `odd`: the minutes are a text, among entries and accounts that are null, empty or of another shape. Only the true entry
   * names a time.
   */
  usageEntries: z.enum(['plain', 'odd']).default('plain'),
  /** The business account that the header names. */
  businessAccountId: z.string().default('100000000000001'),

  /** `code` as `"131047"`. */
  codeAsString: z.boolean().default(false),
  /** `error_data` as the text of its details. */
  errorDataAsString: z.boolean().default(false),
  /** The place of the code in every error. */
  codeStandsIn: codePlace.default('field'),
  /** Every text of an error holds the user that it is about, as sent and as digits; of a whole request, its first user. */
  messagesQuoteUsers: z.boolean().default(false),
  /** Calls that the log keeps; older ones go. */
  logSize: z.int().nonnegative().default(1_000),
});

/** What a simulator starts with: the options, and contents that are not options afterwards. */
export const startSchema = optionsSchema.extend({
  faults: faultRulesSchema.default([]),
  /** Who is on the list of a phone number id. */
  blocked: z.record(phoneNumberIdSchema, z.array(userSchema)).default({}),
});

export type Token = z.output<typeof token>;
export type Options = z.output<typeof optionsSchema>;
/** Options as they are given: every field may be absent. */
export type OptionsInput = z.input<typeof optionsSchema>;
export type StartOptions = z.output<typeof startSchema>;
export type StartOptionsInput = z.input<typeof startSchema>;

export interface NumberRules extends DialectRules {
  dialect: ReturnType<typeof dialectOf>;
}

/** The rules of one phone number id: its own, else the simulator's, else the dialect's. */
export function rulesFor(options: Options, phoneNumberId: string): NumberRules {
  const own = options.numbers[phoneNumberId];
  const dialect = dialectOf(own?.dialect ?? options.dialect);
  const { defaults } = dialect;
  return {
    dialect,
    usersPerRequest: own?.usersPerRequest ?? options.usersPerRequest ?? defaults.usersPerRequest,
    tooManyUsers: own?.tooManyUsers ?? options.tooManyUsers ?? defaults.tooManyUsers,
    alreadyBlocked: own?.alreadyBlocked ?? options.alreadyBlocked ?? defaults.alreadyBlocked,
    notBlocked: own?.notBlocked ?? options.notBlocked ?? defaults.notBlocked,
    malformedNumber: own?.malformedNumber ?? options.malformedNumber ?? defaults.malformedNumber,
    partialFailureStatus: own?.partialFailureStatus ?? options.partialFailureStatus ?? defaults.partialFailureStatus,
    partialFailureError: own?.partialFailureError ?? options.partialFailureError ?? defaults.partialFailureError,
    emptyArrays: own?.emptyArrays ?? options.emptyArrays ?? defaults.emptyArrays,
    listLayout: own?.listLayout ?? options.listLayout ?? defaults.listLayout,
    waIdSpelling: own?.waIdSpelling ?? options.waIdSpelling ?? defaults.waIdSpelling,
  };
}
