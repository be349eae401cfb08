import * as z from 'zod/mini';
import type { Chunk, ChunkOutcomes, Job } from '../../core/jobs/job.ts';
import type { BatchRecord } from '../../core/ports/job-store.ts';
import type { Entry } from '../../core/users/entries.ts';
import { parseIdentity } from '../../core/users/identity.ts';
import { isProblem } from '../../core/users/problems.ts';
import { type Key, keys } from './keys.ts';
import { pack, unpack } from './pack.ts';
import type { Item } from './table.ts';

const text = z.string();
const maybe = z.optional(text);
const count = z.number();

const job = z.object({
  id: text,
  batchId: maybe,
  sharedUsersKey: maybe,
  phoneNumberId: text,
  version: maybe,
  action: z.enum(['block', 'unblock']),
  status: z.enum(['queued', 'running', 'succeeded', 'partially_failed', 'failed', 'cancelled']),
  total: count,
  chunkCount: count,
  createdAt: text,
  startedAt: maybe,
  finishedAt: maybe,
  run: count,
  execution: count,
  retriedAt: maybe,
  retriedUsers: z.optional(count),
  cancelledAt: maybe,
  reverts: maybe,
  revertedBy: maybe,
  activity: z.optional(
    z.array(z.object({ at: text, verb: z.enum(['cancelled', 'retried', 'reverted']), actor: text, onBehalfOf: maybe })),
  ),
  progress: z.optional(
    z.object({
      users: z.object({ total: count, succeeded: count, failed: count, deferred: count, remaining: count }),
      chunks: z.object({ total: count, done: count, failed: count }),
    }),
  ),
  error: z.optional(z.object({ code: count, message: text })),
  actor: text,
  onBehalfOf: maybe,
  reason: maybe,
  reasonCode: maybe,
  expiresAt: maybe,
  defer: z.optional(z.boolean()),
}) satisfies z.ZodMiniType<Job>;

const chunk = z.object({
  index: count,
  status: z.enum(['pending', 'running', 'done', 'failed', 'cancelled']),
  total: count,
  succeeded: count,
  failed: count,
  deferred: z._default(count, 0),
  malformed: count,
  run: count,
  attempts: count,
  batchSize: z.optional(count),
  current: z.optional(z.object({ operationId: text, startedAt: text })),
  lastCode: z.optional(count),
  revision: count,
}) satisfies z.ZodMiniType<Chunk>;

const idempotency = z.object({ bodyHash: text, jobId: text, ttl: count });
const batch = z.object({
  bodyHash: text,
  batchId: text,
  phoneNumberIds: z.optional(z.array(text)),
  chunkSizes: z.array(count),
}) satisfies z.ZodMiniType<BatchRecord>;

/** For a chunk whose users are stored elsewhere. Only the store needs to know. */
const shared = z.object({ sharedUsersKey: maybe });

/**
 * Stored by place: `[place, code, message, wa_id, user_id]`, with `null` for an absent value. A sixth value says that the
 * block is deferred.
 */
const placed = z.tuple([count, z.nullable(count), z.nullable(count), z.nullable(text), z.nullable(text)], z.literal(1));
const outcomes = z.object({
  messages: z.array(text),
  placed: z.array(placed),
  pending: z.array(count),
});

/** A user as sent, and as understood if that differs; for a malformed entry `null`, and the reason. */
const users = z.array(z.union([text, z.tuple([text, z.nullable(text), z.optional(text)])]));

export const parseJob = (item: Item): Job => job.parse(item);
export const parseChunk = (item: Item): Chunk => chunk.parse(item);
export const parseIdempotency = (item: Item) => idempotency.parse(item);
export const parseBatch = (item: Item): BatchRecord => batch.parse(item);
export const sharedUsersKeyOf = (item: Item): string | undefined => shared.parse(item).sharedUsersKey;

/**
 * Spellings of up to this length are stored in full. No longer text can be a user, and a caller recognizes an entry by its
 * beginning.
 */
const LONGEST_INPUT = 1_024;
/** The same, if 1,000 long spellings without repetitions would not fit into an item. */
const SHORTENED_INPUT = 64;
/** Bytes. An item may have 400 KB. */
const LARGEST_PACKED = 350 * 1024;

/** The users of a chunk: written once, never changed, packed (a quarter of the write units of plain text). */
export function usersItem(key: Key, entries: readonly Entry[]): Item {
  const packed = packUsers(entries, LONGEST_INPUT);
  return { ...key, users: packed.length > LARGEST_PACKED ? packUsers(entries, SHORTENED_INPUT) : packed };
}

function packUsers(entries: readonly Entry[], longest: number): Uint8Array {
  return pack(
    entries.map(({ input, identity, problem }) => {
      const kept = input.length > longest ? `${input.slice(0, longest - 1).toWellFormed()}…` : input;
      if (!identity) return problem ? [kept, null, problem] : [kept, null];
      return kept === identity.id ? kept : [kept, identity.id];
    }),
  );
}

export function parseUsers(item: Item): Entry[] {
  return users.parse(unpack(item.users)).map((user) => {
    const [input, id, problem] = typeof user === 'string' ? [user, user] : user;
    if (id === null) return { input, identity: undefined, problem: isProblem(problem) ? problem : undefined };
    return { input, identity: parseIdentity(id) };
  });
}

/** There are few messages, which are long, and many users, so each message is stored once. */
export function outcomesItem(key: Key, { placed: list, pending }: ChunkOutcomes): Item {
  const messages: string[] = [];
  const numbered = new Map<string, number>();
  const place = (message: string | undefined): number | null => {
    if (message === undefined) return null;
    const known = numbered.get(message);
    if (known !== undefined) return known;
    numbered.set(message, messages.length);
    return messages.push(message) - 1;
  };
  const rows = list.map((outcome) => [
    outcome.index,
    outcome.code ?? null,
    place(outcome.message),
    outcome.waId ?? null,
    outcome.userId ?? null,
    ...(outcome.deferred ? [1] : []),
  ]);
  return { ...key, outcomes: pack({ messages, placed: rows, pending: pending ?? [] }) };
}

export function parseOutcomes(item: Item): ChunkOutcomes {
  const { messages, placed: rows, pending } = outcomes.parse(unpack(item.outcomes));
  return {
    pending,
    placed: rows.map(([index, code, message, waId, userId, deferred]) => ({
      index,
      code: code ?? undefined,
      deferred: deferred === 1 ? true : undefined,
      message: message === null ? undefined : messages[message],
      waId: waId ?? undefined,
      userId: userId ?? undefined,
    })),
  };
}

/** The partition of a job's chunks, read in one query: `CHUNK#…` only, without the users. */
export function chunkItem(jobId: string, value: Chunk): Item {
  return { ...keys.chunk(jobId, value.index), ...value };
}
