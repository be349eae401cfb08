import { InvalidRequestError } from '../core/errors.ts';
import { quoted } from './text.ts';

/**
 * The fields of a form in `application/x-www-form-urlencoded`. Unlike `URLSearchParams`, it refuses malformed
 * percent-encoding and malformed UTF-8 instead of guessing.
 */
export function readForm(text: string): Map<string, string> {
  if (/^\s*[{[]/.test(text)) {
    throw new InvalidRequestError(
      'body: is JSON, but Content-Type says that it is a form, which is the default of curl -d; set Content-Type: application/json',
    );
  }
  const fields = new Map<string, string>();
  for (const pair of text.trim().split('&')) {
    if (pair === '') continue;
    const end = pair.indexOf('=');
    const name = decodeField(end < 0 ? pair : pair.slice(0, end), 'body');
    addField(fields, name, end < 0 ? '' : decodeField(pair.slice(end + 1), quoted(name, 40)));
  }
  return fields;
}

/** Refuses a second value: one of the two would be used, and the other ignored. */
export function addField(fields: Map<string, string>, name: string, value: string): void {
  if (fields.has(name)) throw isRepeated(name);
  fields.set(name, value);
}

export function isRepeated(name: string): InvalidRequestError {
  return new InvalidRequestError(`${quoted(name, 40)}: is given more than once`);
}

function decodeField(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new InvalidRequestError(`${field}: is not valid percent-encoding of UTF-8`);
  }
}
