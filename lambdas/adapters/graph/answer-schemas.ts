import * as z from 'zod/mini';

/**
 * Every shape that Graph and the Graph-shaped providers are known to answer with. Each field that one of them leaves out or
 * spells otherwise is accepted, so a parse that fails means "this is no answer of Graph's".
 */
const code = z.union([
  z.number(),
  z.pipe(
    z.string().check(z.regex(/^\d{1,9}$/)),
    z.transform((digits: string) => Number(digits)),
  ),
]);
const maybeText = z.nullish(z.string());
/** Meta's sample has an object; a bare string was seen. */
const errorData = z.nullish(z.union([z.string(), z.looseObject({ details: maybeText })]));

const userError = z.looseObject({
  message: maybeText,
  code: z.optional(code),
  error_data: errorData,
});

const user = z.looseObject({
  input: maybeText,
  user: maybeText,
  wa_id: maybeText,
  user_id: maybeText,
  errors: z.nullish(z.array(userError)),
  // Splashify puts the code and the message beside the user, not into a list.
  message: maybeText,
  code: z.optional(code),
  error_data: errorData,
});

const users = z.nullish(z.array(user));

export const graphError = z.looseObject({
  message: maybeText,
  type: maybeText,
  code: z.optional(code),
  error_subcode: z.nullish(code),
  is_transient: z.nullish(z.boolean()),
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

export type AnsweredUser = z.infer<typeof user>;
export type AnsweredError = z.infer<typeof graphError>;
export type ChangeAnswer = z.infer<typeof changeAnswer>;
export type ListAnswer = z.infer<typeof listAnswer>;

export function detailsOf(data: z.infer<typeof errorData>): string | undefined {
  return (typeof data === 'string' ? data : data?.details) ?? undefined;
}
