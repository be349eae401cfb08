import * as z from 'zod/mini';
import { isoTime } from '../../core/iso-time.ts';
import { codeInText } from './code-in-text.ts';

/**
 * Every known shape of the answers of Graph and of providers with Graph's format. Every field that one of them omits or
 * spells differently is accepted, so if parsing fails, the answer is not Graph's.
 */
const code = z.catch(
  z.optional(
    z.union([
      z.int(),
      z.pipe(
        z.string().check(z.regex(/^\s*\(?#?\d{1,9}\)?\s*$/)),
        z.transform((text: string) => Number(text.replace(/\D/g, ''))),
      ),
    ]),
  ),
  undefined,
);
/** Strict: an unreadable cursor must not look like the end of a list. */
const maybeText = z.nullish(z.string());
/** For an error: if one of its texts is malformed, the others still count. */
const anyText = z.catch(maybeText, undefined);
/** Meta's sample has an object; a bare string was seen. */
const errorData = z.catch(z.nullish(z.union([z.string(), z.looseObject({ details: anyText })])), undefined);

/** Ids are strings; a number is an id that lost its quotes. */
const id = z.nullish(
  z.union([
    z.string(),
    z.pipe(
      z.int(),
      z.transform((number: number) => String(number)),
    ),
  ]),
);

const errorFields = z.looseObject({
  message: anyText,
  type: anyText,
  code,
  error_subcode: code,
  is_transient: z.catch(z.nullish(z.boolean()), undefined),
  error_data: errorData,
  error_user_msg: anyText,
  fbtrace_id: anyText,
});
/** A bare string is the message of its error. */
const anError = z.union([
  errorFields,
  z.pipe(
    z.string(),
    z.transform((message: string): z.infer<typeof errorFields> => ({ message })),
  ),
]);

export const answeredUser = z.looseObject({
  input: id,
  user: id,
  wa_id: id,
  user_id: id,
  errors: oneOrMore(anError),
  // Splashify documents "a code and a message" without a shape: beside the user, or in one object or text.
  error: oneOrMore(anError),
  message: anyText,
  code,
  error_data: errorData,
});

/** A list, or a single item without a list; anything else is empty. */
function oneOrMore<T extends z.ZodMiniType>(one: T) {
  const single = z.pipe(
    one,
    z.transform((value: z.output<T>) => [value]),
  );
  return z.catch(z.nullish(z.union([z.array(one), single])), undefined);
}

/** A value that is no user names nobody, and does not affect the results of others. */
const users = z.nullish(z.array(z.catch(answeredUser, {})));

/**
 * The error of a whole request, or the first of a list. A value without the shape of an error is still an error, without any
 * information.
 */
export const graphError = z.pipe(
  z.pipe(
    z.transform((error: unknown) => (Array.isArray(error) ? error[0] : error) || undefined),
    z.catch(z.nullish(anError), {}),
  ),
  z.transform((error) => error && { ...error, code: codeOf(error) }),
);

export const changeAnswer = z.looseObject({
  block_users: z.nullish(
    z.looseObject({ added_users: users, removed_users: users, failed_users: users, errors: users }),
  ),
  error: z.optional(graphError),
});

/** An item of the list: Meta has one user in each, its page of October 2025 and 360dialog have several in `block_users`. */
export const listItem = z.extend(answeredUser, { block_users: oneOrMore(answeredUser) });

/** The whole page but its users, which `listed-users.ts` reads: an unknown layout must not look like an empty list. */
export const listAnswer = z.looseObject({
  data: z.optional(z.unknown()),
  paging: z.nullish(
    z.looseObject({
      cursors: z.nullish(z.looseObject({ after: maybeText, before: maybeText })),
      next: maybeText,
      previous: maybeText,
    }),
  ),
  error: z.optional(graphError),
});

/** The places of an error in an answer without results; `read-error.ts` says which counts. */
export const refusalAnswer = z.looseObject({
  error: z.optional(z.unknown()),
  errors: z.optional(z.unknown()),
  message: anyText,
});

/** Epoch seconds; 0 is Graph's "never". A value after the year 9999 is no count of seconds, and is ignored. */
const moment = z.catch(
  z.optional(
    z.pipe(
      z.union([z.int(), z.string().check(z.regex(/^\d{1,12}$/))]),
      z.transform((seconds: number | string) => {
        const milliseconds = Number(seconds) * 1_000;
        return milliseconds > 0 && milliseconds < 253_402_300_800_000 ? isoTime(milliseconds) : undefined;
      }),
    ),
  ),
  undefined,
);

const tokenError = z.looseObject({ code, message: maybeText, subcode: code });

/** Source: Meta's reference of `debug_token`. */
export const tokenAnswer = z.looseObject({
  data: z.nullish(
    z.looseObject({
      is_valid: z.boolean(),
      expires_at: moment,
      data_access_expires_at: moment,
      error: z.nullish(tokenError),
    }),
  ),
  error: z.optional(graphError),
});

export type AnsweredUser = z.infer<typeof answeredUser>;
export type AnsweredError = z.infer<typeof errorFields>;
export type ChangeAnswer = z.infer<typeof changeAnswer>;
export type AnsweredTokenError = z.infer<typeof tokenError>;

/** The code of an error; if it has no field for it, the code in its texts. */
export function codeOf(error: AnsweredError): number | undefined {
  return error.code ?? codeInText(error.message, errorDetails(error.error_data), error.error_user_msg);
}

export function errorDetails(data: z.infer<typeof errorData>): string | undefined {
  return (typeof data === 'string' ? data : data?.details) ?? undefined;
}
