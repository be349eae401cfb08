import { z } from 'zod';
import { type GraphError, userTexts } from './graph-errors.ts';
import { phoneDigits, strictPhoneDigits } from './users.ts';

export const dialectName = z.enum(['meta', 'splashify']);
export type DialectName = z.output<typeof dialectName>;

/**
 * What differs between providers, or is documented nowhere. In options `null` means: as the dialect has it. The same
 * fields can be set for one phone number id.
 */
export const dialectRuleFields = {
  /** Users in one request. Meta 1,000; Splashify 500. */
  usersPerRequest: z.int().positive().nullable().default(null),
  /** A user to block who is on the list already. Meta: unknown, success here; Splashify: a failure. */
  alreadyBlocked: z.enum(['success', 'failure']).nullable().default(null),
  /** A user to unblock who is not on the list. The same defaults as `alreadyBlocked`. */
  notBlocked: z.enum(['success', 'failure']).nullable().default(null),
  /** Text that is no phone number. Meta: 131047 for that user; Splashify: 100 for the whole request. */
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
};

/** One user of an answer. Neither `waId` nor `userId` is known of a number that is no WhatsApp user. */
export interface UserResult {
  input: string;
  waId?: string;
  userId?: string;
  error?: GraphError;
}

/** How errors are spelled; see the options of the same names. */
export interface ErrorSpelling {
  codeAsString: boolean;
  errorDataAsString: boolean;
}

interface Dialect {
  defaults: {
    usersPerRequest: number;
    alreadyBlocked: 'success' | 'failure';
    notBlocked: 'success' | 'failure';
    malformedNumber: 'user-131047' | 'user-100' | 'request-100';
    partialFailureStatus: 200 | 400;
    partialFailureError: boolean;
    emptyArrays: 'absent' | 'present';
  };
  /** Whether `{user_id}` entries are understood. */
  takesBsuid: boolean;
  digitsOf(text: string): string | undefined;
  tooManyUsers(limit: number): GraphError;
  malformedNumber: GraphError;
  /** The field of `block_users` that holds per-user failures. */
  failuresField: string;
  failure(result: UserResult, error: GraphError, spelling: ErrorSpelling): Record<string, unknown>;
  listItem(user: string, isBsuid: boolean): Record<string, unknown>;
}

export type DialectRules = Dialect['defaults'];

const meta: Dialect = {
  defaults: {
    usersPerRequest: 1_000,
    alreadyBlocked: 'success',
    notBlocked: 'success',
    malformedNumber: 'user-131047',
    partialFailureStatus: 400,
    partialFailureError: true,
    emptyArrays: 'absent',
  },
  takesBsuid: true,
  digitsOf: phoneDigits,
  tooManyUsers: (limit) => ({ code: 130429, details: `A request can name at most ${limit} users`, status: 400 }),
  malformedNumber: { code: 100, text: 'Invalid parameter', details: 'The number is not a phone number' },
  failuresField: 'failed_users',
  failure(result, error, spelling) {
    const { message, details } = userTexts(error);
    const errorData = spelling.errorDataAsString ? details : { details };
    return { ...names(result), errors: [{ message, code: spell(error.code, spelling), error_data: errorData }] };
  },
  listItem: (user, isBsuid) => ({ messaging_product: 'whatsapp', ...(isBsuid ? { user_id: user } : { wa_id: user }) }),
};

const splashify: Dialect = {
  defaults: {
    usersPerRequest: 500,
    alreadyBlocked: 'failure',
    notBlocked: 'failure',
    malformedNumber: 'request-100',
    partialFailureStatus: 200,
    partialFailureError: false,
    emptyArrays: 'present',
  },
  takesBsuid: false,
  digitsOf: strictPhoneDigits,
  tooManyUsers: (limit) => ({ code: 100, text: `Cannot block more than ${limit} users in one request` }),
  malformedNumber: { code: 100, text: 'Invalid phone number' },
  failuresField: 'errors',
  failure: (result, error, spelling) => ({
    ...names(result),
    code: spell(error.code, spelling),
    message: userTexts(error).message,
  }),
  listItem: (user) => ({ user, block_reason: 'manual' }),
};

const dialects = { meta, splashify };

export function dialectOf(name: DialectName): Dialect {
  return dialects[name];
}

/** The names of a user as answers give them: `input` as sent, then `wa_id` or `user_id`. */
export function names({ input, waId, userId }: UserResult): Record<string, string> {
  return {
    input,
    ...(waId === undefined ? {} : { wa_id: waId }),
    ...(userId === undefined ? {} : { user_id: userId }),
  };
}

function spell(code: number, spelling: ErrorSpelling): number | string {
  return spelling.codeAsString ? String(code) : code;
}
