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

/** An item as it is kept. It is never changed, so that what was read may be answered later. */
export interface Stored {
  readonly item: Attributes;
  /** Bytes, by AWS's rules. */
  readonly size: number;
}

export type Input = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Everything else in a request is an error: what is not understood must not look as if it were done. */
export function onlyFields(input: Input, known: ReadonlySet<string>, what: string): void {
  for (const field in input) {
    if (!known.has(field)) throw validationError(`The stand-in does not know ${field} of ${what}`);
  }
}

export function record(value: unknown, what: string): Input {
  if (!isRecord(value)) throw validationError(`${what} must be an object`);
  return value;
}

export function list(value: unknown, what: string, largest: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > largest) {
    throw validationError(`${what} must have between 1 and ${largest} elements`);
  }
  return value;
}

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw validationError(`${what} must be a string that is not empty`);
  return value;
}

export function flag(value: unknown, what: string, otherwise: boolean): boolean {
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== 'boolean') throw validationError(`${what} must be true or false`);
  return value;
}

/** Each value is looked at where the size of the item is counted. */
export function attributes(value: unknown, what: string): Attributes {
  assertAttributes(value, what);
  return value;
}

function assertAttributes(value: unknown, what: string): asserts value is Attributes {
  if (!isRecord(value)) throw validationError(`${what} must be an object`);
  for (const name in value) if (!isRecord(value[name])) throw validationError(`${name} of ${what} must be typed`);
}
