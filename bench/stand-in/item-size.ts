import type { Attributes, AttributeValue } from './attributes.ts';
import { validationError } from './errors.ts';
import { cached } from './expressions/cached.ts';

/** Bytes; AWS's limit. */
const LARGEST_ITEM = 400 * 1024;

/**
 * Bytes of an item by AWS's rules ("DynamoDB item sizes and formats" in its developer guide). Also where each value of an
 * item is looked at: a type that is not known is an error.
 */
export function sizeOfItem(item: Attributes): number {
  let size = 0;
  for (const name in item) {
    const value = item[name];
    if (value !== undefined) size += Buffer.byteLength(name) + sizeOfValue(value, name);
  }
  if (size > LARGEST_ITEM) throw validationError('Item size has exceeded the maximum allowed size');
  return size;
}

export function sizeOfValue(value: AttributeValue, name: string): number {
  let size: number | undefined;
  for (const type in value) {
    if (size !== undefined) throw validationError(`Supplied AttributeValue of ${name} has more than one datatype set`);
    size = sizeByType(value, type, name);
  }
  if (size === undefined) throw validationError(`Supplied AttributeValue of ${name} is empty`);
  return size;
}

function sizeByType(value: AttributeValue, type: string, name: string): number {
  const { S, N, B, BOOL, NULL, L, M } = value;
  if (type === 'S' && typeof S === 'string') return Buffer.byteLength(S);
  if (type === 'N' && typeof N === 'string') return sizeOfNumber(N);
  if (type === 'B' && typeof B === 'string') return Buffer.byteLength(B, 'base64');
  if (type === 'BOOL' && typeof BOOL === 'boolean') return 1;
  if (type === 'NULL' && NULL === true) return 1;
  if (type === 'L' && Array.isArray(L)) return L.reduce((sum, one) => sum + 1 + sizeOfValue(one, name), 3);
  if (type === 'M' && typeof M === 'object' && M !== null) {
    return Object.entries(M).reduce((sum, [key, one]) => sum + 1 + Buffer.byteLength(key) + sizeOfValue(one, name), 3);
  }
  throw validationError(`The stand-in does not know the type ${type} of the attribute ${name}, or its value`);
}

const ZERO = /^-?0+$/;
const NUMBER = /^(-?)0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * Two digits a byte, in pairs from the decimal point, without zeros at both ends; one byte more, and one for a minus. Most
 * numbers come again and again.
 */
const sizeOfNumber = cached((number: string): number => {
  const [, minus = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  if (whole + fraction === '' && !ZERO.test(number)) throw validationError(`A value is not a number: ${number}`);
  const digits = (whole + fraction).replace(/0+$/, '');
  const leading = digits.length - digits.replace(/^0+/, '').length;
  const significant = digits.length - leading;
  if (significant === 0) return 1;
  // Digits before the point decide where pairs begin.
  const beforePoint = whole.length + Number(exponent) - leading;
  const startsPair = beforePoint % 2 === 0;
  return Math.ceil((significant + (startsPair ? 0 : 1)) / 2) + 1 + minus.length;
});
