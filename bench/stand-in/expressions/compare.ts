import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '../attributes.ts';
import { validationError } from '../errors.ts';

export function isEqual(one: AttributeValue, other: AttributeValue): boolean {
  if (one.S !== undefined) return one.S === other.S;
  if (one.N !== undefined) return other.N !== undefined && orderOfNumbers(one.N, other.N) === 0;
  return isDeepStrictEqual(one, other);
}

/** Below zero, zero or above, as the first is before, equal to or behind the second; nothing where they have no order. */
export function order(one: AttributeValue, other: AttributeValue): number | undefined {
  if (one.S !== undefined && other.S !== undefined) return one.S < other.S ? -1 : Number(one.S > other.S);
  if (one.N !== undefined && other.N !== undefined) return orderOfNumbers(one.N, other.N);
  if (one.B !== undefined && other.B !== undefined) {
    return Buffer.compare(Buffer.from(one.B, 'base64'), Buffer.from(other.B, 'base64'));
  }
  return undefined;
}

const WHOLE = /^-?\d+$/;
/** Digits that a JavaScript number holds whatever they are; DynamoDB's have up to 38. */
const EXACT_DIGITS = 15;

function orderOfNumbers(one: string, other: string): number {
  if (one === other) return 0;
  if (one.length <= EXACT_DIGITS && other.length <= EXACT_DIGITS) return Number(one) - Number(other);
  const difference = wholeNumber(one) - wholeNumber(other);
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** Long numbers are known where they are whole, which is all that the service counts with. */
export function wholeNumber(text: string | undefined): bigint {
  if (text === undefined || !WHOLE.test(text)) {
    throw validationError('An operand in the update expression has an incorrect data type, or is no whole number');
  }
  return BigInt(text);
}
