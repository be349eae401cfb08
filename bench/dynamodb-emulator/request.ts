import * as z from 'zod';
import { validationError } from './errors.ts';
import type { Scope } from './expressions.ts';
import type { Attributes } from './item.ts';
import { placeOf } from './table.ts';

/** Each value is looked at where the size of the item is counted. */
export const attributes = z.custom<Attributes>(
  (value) =>
    typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'object'),
  'expected typed values',
);

/** Fields of every call. Fields that no schema names are errors: what is not understood never looks as if it were done. */
export const CAPACITY = { ReturnConsumedCapacity: z.literal('TOTAL').optional() };

export const EXPRESSION = {
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: attributes.optional(),
};

export function scopeOf(input: {
  readonly ExpressionAttributeNames?: Scope['names'] | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
}): Scope {
  return { names: input.ExpressionAttributeNames ?? {}, values: input.ExpressionAttributeValues ?? {} };
}

/** The place that a request names: its key has no other attribute. */
export function exactKey(key: Attributes): string {
  if (Object.keys(key).length !== 2) throw validationError('The provided key element does not match the schema');
  return placeOf(key);
}
