import * as z from 'zod/mini';

/**
 * Every shape that Graph and the Graph-shaped providers are known to answer with. Each field that one of them leaves out or
 * spells otherwise is accepted, so a parse that fails means "this is no answer of Graph's".
 */
const code = z.catch(
  z.optional(
    z.union([
      z.int(),
      z.pipe(
        z.string().check(z.regex(/^\d{1,9}$/)),
        z.transform((digits: string) => Number(digits)),
      ),
    ]),
  ),
  undefined,
);
const maybeText = z.nullish(z.string());
/** Meta's sample has an object; a bare string was seen. */
const errorData = z.catch(z.nullish(z.union([z.string(), z.looseObject({ details: maybeText })])), undefined);

/** Ids are texts; a number is one that lost its quotes. */
const id = z.nullish(
  z.union([
    z.string(),
    z.pipe(
      z.int(),
      z.transform((number: number) => String(number)),
    ),
  ]),
);

const userError = z.looseObject({ message: maybeText, code, error_data: errorData });

const user = z.looseObject({
  input: id,
  user: id,
  wa_id: id,
  user_id: id,
  errors: z.nullish(z.array(userError)),
  // Splashify documents "a code and a message" and no shape: beside the user, or in one object or text.
  error: z.nullish(z.union([z.string(), userError])),
  message: maybeText,
  code,
  error_data: errorData,
});

/** What is no user at all names nobody, and takes nobody else's result away. */
const users = z.nullish(z.array(z.catch(user, {})));

export const graphError = z.looseObject({
  message: maybeText,
  type: maybeText,
  code,
  error_subcode: code,
  is_transient: z.catch(z.nullish(z.boolean()), undefined),
  error_data: errorData,
  error_user_msg: maybeText,
  fbtrace_id: maybeText,
});

export const changeAnswer = z.looseObject({
  block_users: z.nullish(
    z.looseObject({ added_users: users, removed_users: users, failed_users: users, errors: users }),
  ),
  error: z.nullish(graphError),
});

export const listAnswer = z.looseObject({
  data: z.nullish(z.array(user)),
  paging: z.nullish(
    z.looseObject({
      cursors: z.nullish(z.looseObject({ after: maybeText, before: maybeText })),
      next: maybeText,
      previous: maybeText,
    }),
  ),
  error: z.nullish(graphError),
});

/** Epoch seconds; 0 is Graph's never. What is no such time is none: past the year 9999, it is no count of seconds. */
const moment = z.catch(
  z.optional(
    z.pipe(
      z.union([z.int(), z.string().check(z.regex(/^\d{1,12}$/))]),
      z.transform((seconds: number | string) => {
        const milliseconds = Number(seconds) * 1_000;
        return milliseconds > 0 && milliseconds < 253_402_300_800_000
          ? new Date(milliseconds).toISOString()
          : undefined;
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
  error: z.nullish(graphError),
});

export type AnsweredUser = z.infer<typeof user>;
export type AnsweredError = z.infer<typeof graphError>;
export type ChangeAnswer = z.infer<typeof changeAnswer>;
export type ListAnswer = z.infer<typeof listAnswer>;
export type AnsweredTokenError = z.infer<typeof tokenError>;

export function detailsOf(data: z.infer<typeof errorData>): string | undefined {
  return (typeof data === 'string' ? data : data?.details) ?? undefined;
}
