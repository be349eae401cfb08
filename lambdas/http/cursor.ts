import * as z from 'zod/mini';
import { API_KEY } from '../contract/api-keys.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { JOB_ID, PHONE_NUMBER_ID } from '../core/ids.ts';

const count = z.number().check(z.int(), z.nonnegative());

/**
 * A part of a key. DynamoDB refuses keys of more than 1,024 bytes, or with half of a surrogate pair; ours are far from that.
 */
const text = z.string().check(
  z.minLength(1),
  z.maxLength(200),
  z.refine((part) => part.isWellFormed()),
);

/** A place in the mirror: opaque to callers, and stable, since it names a key and not an offset. */
export const listCursor = z.tuple([count, text]);
/** The key of an audit event. */
export const historyCursor = z.tuple([text]);
/** A number. */
export const numbersCursor = z.tuple([z.string().check(z.regex(PHONE_NUMBER_ID))]);
/** A job's id. */
export const jobsCursor = z.tuple([z.string().check(z.regex(JOB_ID))]);
/** A day, and an operation of it; without an operation, the end of the day. */
export const operationsCursor = z.tuple([z.iso.date(), z.optional(text)]);
/** The id of a key. */
export const keysCursor = z.tuple([z.string().check(z.regex(new RegExp(`^[0-9A-Za-z]{${API_KEY.idCharacters}}$`)))]);
/** The id by which somebody is protected. */
export const protectedUsersCursor = z.tuple([text]);
/** A chunk and a place in it. */
export const jobUsersCursor = z.tuple([count, count]);

export function writeCursor(value: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Reads a cursor that this route gave. Anything else is refused with the name of the parameter. */
export function readCursor<T extends z.ZodMiniType>(
  schema: T,
  name: 'after' | 'before',
  text: string | undefined,
): z.output<T> | undefined {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    json = undefined;
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new InvalidRequestError(`${name}: is not a cursor of this list`);
  return parsed.data;
}
