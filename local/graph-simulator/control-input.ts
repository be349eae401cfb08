import { z } from 'zod';
import { epochMs, milliseconds, phoneNumberIdSchema } from './options.ts';
import { userSchema } from './users.ts';

const users = z.array(userSchema);
const memberChange = z.strictObject({ add: users.default([]), remove: users.default([]) });

/** A change of a list as if another application had made it. Users are `wa_id`s or BSUIDs. */
export const listChangeSchema = memberChange;
export const listContentSchema = z.strictObject({ users });

/** A change of what is known of users; see the options of the same names. */
export const usersChangeSchema = z.strictObject({
  lastInboundAt: z
    .strictObject({
      users,
      /** Epoch ms; null: they never wrote. */
      at: epochMs.nullable(),
      /** The number that they wrote to; absent: every number. */
      phoneNumberId: phoneNumberIdSchema.optional(),
    })
    .optional(),
  invalidNumbers: memberChange.optional(),
  malformedNumbers: memberChange.optional(),
  businessAccounts: memberChange.optional(),
  forgotten: memberChange.optional(),
  listedWithoutId: memberChange.optional(),
  waIds: z.record(userSchema, userSchema).optional(),
});

/** Sets the clock's offset, or moves it by `advanceMs`. */
export const clockChangeSchema = z.union([
  z.strictObject({ offsetMs: z.number() }),
  z.strictObject({ advanceMs: milliseconds }),
]);

export type ListChangeInput = z.input<typeof listChangeSchema>;
export type UsersChangeInput = z.input<typeof usersChangeSchema>;

export interface InputIssue {
  field: string;
  message: string;
}

/** Input of the control side (or options at the start) that is refused. */
export class ControlInputError extends Error {
  override name = 'ControlInputError';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super(issues.map(({ field, message }) => `${field}: ${message}`).join('; '));
    this.issues = issues;
  }
}

/** Parses, or throws a `ControlInputError` that names each field at fault. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ControlInputError(parsed.error.issues.flatMap(describe));
}

function describe(issue: z.core.$ZodIssue): InputIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key]), message: 'no such field' }));
  }
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [{ field: fieldName(issue.path), message }];
}

/** Users can be keys: their numbers are masked. A phone number id is not secret, and says which entry is meant. */
function fieldName(path: readonly PropertyKey[]): string {
  const named = path.map((part, index) => {
    const isPhoneNumberId = path[index - 1] === 'numbers' || path[index - 1] === 'blocked';
    return isPhoneNumberId ? String(part) : String(part).replaceAll(/\d{7,}/g, (digits) => `…${digits.slice(-2)}`);
  });
  return named.length === 0 ? 'body' : named.join('.');
}
