import { z } from 'zod';
import { tooManyUsers } from './dialects.ts';
import type { GraphError } from './graph-errors.ts';
import type { NumberRules } from './options.ts';
import type { UserFacts } from './user-facts.ts';
import { isBsuid } from './users.ts';

/** One user of a request. */
export interface Entry {
  /** Exactly as sent. */
  input: string;
  /** The user's key on the list: `wa_id` or BSUID. Absent if the text is neither a number nor a BSUID. */
  key?: string;
  isBsuid: boolean;
  /** Everything the options may call this user by. */
  names: string[];
}

const bodySchema = z.looseObject({ messaging_product: z.unknown().optional(), block_users: z.unknown().optional() });
const entrySchema = z.looseObject({ user: z.string().optional(), user_id: z.string().optional() });

/** How many users a body names, for the log and for latency, whether or not the request is valid. */
export function countEntries(body: unknown): number {
  const parsed = bodySchema.safeParse(body);
  return parsed.success && Array.isArray(parsed.data.block_users) ? parsed.data.block_users.length : 0;
}

/** The first user in a body, as sent: the error of a whole request is about that user. */
export function firstUser(body: unknown): string | undefined {
  const parsed = bodySchema.safeParse(body);
  const entry = entrySchema.safeParse([parsed.data?.block_users].flat()[0]);
  return entry.data?.user ?? entry.data?.user_id;
}

/** The users of a request, or the error that refuses it as a whole. */
export function parseEntries(body: unknown, rules: NumberRules, facts: UserFacts): Entry[] | GraphError {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) return { code: 100, details: 'The body is not a JSON object' };
  const { messaging_product: product, block_users: users } = parsed.data;
  if (product === undefined) return { code: 100, text: 'The parameter messaging_product is required.' };
  if (product !== 'whatsapp') return { code: 100, text: "Param messaging_product must be one of {'whatsapp'}" };
  if (!Array.isArray(users)) return { code: 100, text: 'The parameter block_users is required.' };
  if (users.length === 0) return { code: 100, text: 'Param block_users must be a non-empty array' };
  if (users.length > rules.usersPerRequest) return tooManyUsers(rules);

  const entries: Entry[] = [];
  for (const [index, user] of users.entries()) {
    const entry = parseEntry(user, rules, facts);
    if (entry === undefined) return { code: 100, text: `Param block_users[${index}] must name a user` };
    entries.push(entry);
  }
  if (rules.malformedNumber === 'request-100' && entries.some(({ key }) => key === undefined)) {
    return rules.dialect.malformedNumber;
  }
  return entries;
}

function parseEntry(raw: unknown, { dialect }: NumberRules, facts: UserFacts): Entry | undefined {
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success) return undefined;
  const { user, user_id: userId } = parsed.data;
  // If both are given, `user` counts.
  if (user !== undefined) {
    const digits = dialect.digitsOf(user);
    if (digits === undefined || facts.isMalformed(digits)) return { input: user, isBsuid: false, names: [] };
    const key = facts.waIdOf(digits);
    return { input: user, key, isBsuid: false, names: key === digits ? [key] : [key, digits] };
  }
  if (userId === undefined || !dialect.takesBsuid) return undefined;
  if (!isBsuid(userId)) return { input: userId, isBsuid: true, names: [] };
  return { input: userId, key: userId, isBsuid: true, names: [userId] };
}
