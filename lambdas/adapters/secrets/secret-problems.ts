import type * as z from 'zod/mini';
import { PROVIDER_NAMES } from '../../contract/providers.ts';

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string in double quotes',
  array: 'a list in square brackets',
};

/** What is wrong with the secret, in words that reveal nothing of it. */
export function problemOf(issue: z.core.$ZodIssue): string {
  const place = issuePlace(issue.path);
  switch (issue.code) {
    case 'too_small':
      return `${place} is empty: leave it out if there is none`;
    case 'unrecognized_keys': {
      const known = issue.path.length === 0 ? 'default, numbers and retired' : 'token, appSecret and provider';
      return `${place} has a field other than ${known}`;
    }
    case 'invalid_key':
      return 'numbers has a key that is not a phone number id: use digits only';
    case 'invalid_value':
      return `${place} must be ${PROVIDER_NAMES.map((name) => `"${name}"`).join(' or ')}`;
    case 'invalid_format':
      return `${place} is not a phone number id: use digits only`;
    case 'invalid_type':
      return `${place} must be ${TYPES[issue.expected] ?? 'an object in braces'}`;
    default:
      return `${place} is wrong`;
  }
}

/** A place in the secret, with known names only: anything may have been put in the wrong place. */
function issuePlace(path: readonly PropertyKey[]): string {
  const [root, key, field] = path.map((part) =>
    /^(default|numbers|retired|token|appSecret|provider|\d{1,32})$/.test(String(part)) ? String(part) : '…',
  );
  if (root === undefined) return 'the top level';
  if (root !== 'numbers' || key === undefined) return [root, ...(key === undefined ? [] : [key])].join('.');
  const entry = `phone number id ${key}`;
  return field === undefined ? `the entry of ${entry}` : `${field} of ${entry}`;
}

/** Where the JSON is malformed. The parser's own message may quote the text there. */
export function placeInText(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(message) ?? [];
  if (line !== undefined) return `look at line ${line}, column ${column}`;
  if (message.startsWith('Unexpected end')) return 'its end is missing';
  return 'look for a text without double quotes';
}
