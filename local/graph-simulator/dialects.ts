import { z } from 'zod';
import type { ErrorSpelling } from './error-spelling.ts';
import { codeField, errorData, type GraphError, userTexts } from './graph-errors.ts';
import { isBsuid, phoneDigits, strictPhoneDigits } from './users.ts';

export const dialectName = z.enum(['meta', 'splashify']);
export type DialectName = z.output<typeof dialectName>;

/**
 * What differs between providers, or is documented nowhere. In options `null` means: as the dialect has it. The same
 * fields can be set for one phone number id.
 */
export const dialectRuleFields = {
  /** Users in one request. Meta 1,000; Splashify 500. */
  usersPerRequest: z.int().positive().nullable().default(null),
  /** Code of the refusal of more. Meta 130429, as for too many requests; Splashify 100, in its own words. */
  tooManyUsers: z
    .union([z.literal(100), z.literal(130429)])
    .nullable()
    .default(null),
  /** A user to block who is on the list already. Meta: unknown, success here; Splashify: a failure. */
  alreadyBlocked: z.enum(['success', 'failure']).nullable().default(null),
  /** A user to unblock who is not on the list. The same defaults as `alreadyBlocked`. */
  notBlocked: z.enum(['success', 'failure']).nullable().default(null),
  /** A text that is no phone number. Meta: 131047 for that user; Splashify: 100 for the whole request. */
  malformedNumber: z.enum(['user-131047', 'user-100', 'request-100']).nullable().default(null),
  /** HTTP status of an answer with failed users. Meta 400, sometimes 200; Splashify documents 200 only. */
  partialFailureStatus: z
    .union([z.literal(200), z.literal(400)])
    .nullable()
    .default(null),
  /** Whether such an answer carries the top-level error 139100. Meta: yes; Splashify: no. */
  partialFailureError: z.boolean().nullable().default(null),
  /** Empty arrays of results. Meta: absent; Splashify: present. */
  emptyArrays: z.enum(['absent', 'present']).nullable().default(null),
  /**
   * Items of the list: a user each, or, as on Meta's page of October 2025 and at 360dialog, all users of a page in the
   * `block_users` of one item, with the `input` that each was blocked by.
   */
  listLayout: z.enum(['flat', 'nested']).nullable().default(null),
  /** How every answer spells a `wa_id`: its digits, or with a `+` before them. */
  waIdSpelling: z.enum(['digits', 'plus']).nullable().default(null),
};

/** What an answer calls a user; `waId` as it is spelled there. */
export interface UserIds {
  waId?: string;
  userId?: string;
}

/** One user of an answer. If the number is not on WhatsApp, neither `waId` nor `userId` is known. */
export interface UserResult extends UserIds {
  input: string;
  error?: GraphError;
}

interface Dialect {
  defaults: {
    usersPerRequest: number;
    tooManyUsers: 100 | 130429;
    alreadyBlocked: 'success' | 'failure';
    notBlocked: 'success' | 'failure';
    malformedNumber: 'user-131047' | 'user-100' | 'request-100';
    partialFailureStatus: 200 | 400;
    partialFailureError: boolean;
    emptyArrays: 'absent' | 'present';
    listLayout: 'flat' | 'nested';
    waIdSpelling: 'digits' | 'plus';
  };
  /** Whether `{user_id}` entries are understood. */
  takesBsuid: boolean;
  digitsOf(text: string): string | undefined;
  malformedNumber: GraphError;
  /** The field of `block_users` that holds per-user failures. */
  failuresField: string;
  failure(result: UserResult, error: GraphError, spelling: ErrorSpelling): Record<string, unknown>;
  /** An item of the flat layout. */
  listItem(ids: UserIds): Record<string, unknown>;
}

export type DialectRules = Dialect['defaults'];

const meta: Dialect = {
  defaults: {
    usersPerRequest: 1_000,
    tooManyUsers: 130429,
    alreadyBlocked: 'success',
    notBlocked: 'success',
    malformedNumber: 'user-131047',
    partialFailureStatus: 400,
    partialFailureError: true,
    emptyArrays: 'absent',
    listLayout: 'flat',
    waIdSpelling: 'digits',
  },
  takesBsuid: true,
  digitsOf: phoneDigits,
  malformedNumber: { code: 100, text: 'Invalid parameter', details: 'The number is not a phone number' },
  failuresField: 'failed_users',
  failure(result, error, spelling) {
    const { message, details } = userTexts(error, spelling);
    const isText = spelling.codeStandsIn !== 'field' && spelling.codeStandsIn !== 'message';
    const nested = isText
      ? message
      : { message, ...codeField(error, spelling), error_data: errorData(details, spelling) };
    return { ...names(result), errors: [nested] };
  },
  listItem: (ids) => ({ messaging_product: 'whatsapp', ...idFields(ids) }),
};

const splashify: Dialect = {
  defaults: {
    usersPerRequest: 500,
    tooManyUsers: 100,
    alreadyBlocked: 'failure',
    notBlocked: 'failure',
    malformedNumber: 'request-100',
    partialFailureStatus: 200,
    partialFailureError: false,
    emptyArrays: 'present',
    listLayout: 'flat',
    waIdSpelling: 'digits',
  },
  takesBsuid: false,
  digitsOf: strictPhoneDigits,
  malformedNumber: { code: 100, text: 'Invalid phone number' },
  failuresField: 'errors',
  failure: (result, error, spelling) => ({
    ...names(result),
    ...codeField(error, spelling),
    message: userTexts(error, spelling).message,
  }),
  listItem: ({ waId, userId }) => ({ user: waId ?? userId, block_reason: 'manual' }),
};

const dialects = { meta, splashify };

export function dialectOf(name: DialectName): Dialect {
  return dialects[name];
}

/** The refusal of a request with too many users. */
export function tooManyUsers({ usersPerRequest: limit, tooManyUsers: code }: DialectRules): GraphError {
  if (code === 130429) return { code, details: `A request can name at most ${limit} users`, status: 400 };
  return { code, text: `Cannot block more than ${limit} users in one request` };
}

/** The ids of a user of the list: `wa_id` or BSUID. */
export function idsOf(user: string, { waIdSpelling }: DialectRules): UserIds {
  if (isBsuid(user)) return { userId: user };
  return { waId: waIdSpelling === 'plus' ? `+${user}` : user };
}

/** The names of a user as answers give them: `input` as sent, then `wa_id` or `user_id`. */
export function names({ input, ...ids }: UserIds & { input: string }): Record<string, string> {
  return { input, ...idFields(ids) };
}

function idFields({ waId, userId }: UserIds): Record<string, string> {
  return { ...(waId === undefined ? {} : { wa_id: waId }), ...(userId === undefined ? {} : { user_id: userId }) };
}
