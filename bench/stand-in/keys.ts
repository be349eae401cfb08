import type { AttributeValue } from './attributes.ts';
import { validationError } from './errors.ts';

/** The two key attributes of a table or an index; both are texts. */
export interface KeyNames {
  readonly hash: string;
  readonly range: string;
}

export interface Key {
  readonly hash: string;
  readonly range: string;
}

const SEPARATOR = '\u0000';

/** The least text that is behind every place which begins with `text` and a separator. */
export function behind(text: string): string {
  return `${text}\u0001`;
}

export function keyText(value: AttributeValue | undefined, name: string): string {
  const text = value?.S;
  if (typeof text !== 'string') throw validationError(`Type mismatch for key ${name}, or it is missing: expected S`);
  if (text === '') throw validationError(`The value of the key ${name} is an empty string`);
  if (text.includes(SEPARATOR)) throw validationError(`The stand-in takes no NUL in the key ${name}`);
  return text;
}

/** Where an entry stands in an index: many may have the same sort key there, and the table's key tells them apart. */
export function placeOf(range: string, tableHash: string, tableRange: string): string {
  return range + SEPARATOR + tableHash + SEPARATOR + tableRange;
}
