import * as z from 'zod';
import { validationError } from './errors.ts';

/** A value as DynamoDB's JSON has it: exactly one of these. Binary is base64. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly AttributeValue[];
  readonly M?: Attributes;
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Each value is checked while the size of its item is counted. */
export const attributes = z.custom<Attributes>((value) => typeof value === 'object' && value !== null);

/** An item as it is kept. It is never changed, so that what was read may be answered later. */
export interface StoredItem {
  readonly item: Attributes;
  /** Bytes, by AWS's rules. */
  readonly size: number;
}

const LARGEST_ITEM_BYTES = 400 * 1024;

export function stored(item: Attributes): StoredItem {
  const size = sizeOfItem(item);
  if (size > LARGEST_ITEM_BYTES) throw validationError('Item size has exceeded the maximum allowed size');
  return { item, size };
}

/** Write units of an item or an index entry of so many bytes: one for each started KB. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** Read units: one for each started 4 KB, half of it if the read need not be consistent. Nothing found is one step. */
export function readUnits(bytes: number, consistent = false): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

/**
 * Bytes of an item by AWS's rules ("DynamoDB item sizes and formats" in its developer guide). This is also where each value
 * of an item is looked at: an unknown type is an error.
 */
export function sizeOfItem(item: Attributes): number {
  let size = 0;
  for (const name in item) size += Buffer.byteLength(name) + sizeOfValue(item[name], name);
  return size;
}

export function sizeOfValue(value: AttributeValue = {}, name = ''): number {
  let types = '';
  for (const type in value) types += type;
  const { S, N, B, BOOL, NULL, L, M } = value;
  if (types === 'S' && typeof S === 'string') return Buffer.byteLength(S);
  if (types === 'N' && typeof N === 'string') return sizeOfNumber(N);
  if (types === 'B' && typeof B === 'string') return Buffer.byteLength(B, 'base64');
  if (types === 'BOOL' && typeof BOOL === 'boolean') return 1;
  if (types === 'NULL' && NULL === true) return 1;
  if (types === 'L' && Array.isArray(L)) return L.reduce((sum, one) => sum + 1 + sizeOfValue(one, name), 3);
  if (types === 'M' && typeof M === 'object') return 3 + Object.keys(M).length + sizeOfItem(M);
  throw validationError(`The emulator does not know the type "${types}" of the attribute ${name}, or its value`);
}

const NUMBER = /^(-?)0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Two digits a byte, in pairs from the decimal point, without zeros at both ends; one byte more, and one for a minus. */
function sizeOfNumber(number: string): number {
  const [, minus = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(number) ?? [];
  if (!/\d/.test(number) || !NUMBER.test(number)) throw validationError(`A value is not a number: ${number}`);
  const digits = (whole + fraction).replace(/0+$/, '');
  const significant = digits.replace(/^0+/, '').length;
  if (significant === 0) return 1;
  const beforePoint = whole.length + Number(exponent) - (digits.length - significant);
  return Math.ceil((significant + Math.abs(beforePoint % 2)) / 2) + 1 + minus.length;
}
