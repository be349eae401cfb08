import { API_KEY } from '../contract/api-keys.ts';
import { DASH, INVISIBLE, MARK, SPACE } from '../core/users/characters.ts';

/** Characters that may precede a word: the letter of an escaped newline is not part of the next word. */
const WORD = '(?:(?<![A-Za-z0-9])|(?<=\\\\[bfnrt]))';
/** Names of secrets in URLs, headers and JSON, escaped JSON too. */
const SECRET =
  '(?:access_token|input_token|fb_exchange_token|appsecret_proof|app_?secret|client_secret|' +
  'x-hub-signature(?:-256)?|x-amz-(?:security-token|signature|credential)|aws_(?:session_token|secret_access_key)|' +
  'sessiontoken|secretaccesskey)';
const GIVEN = `\\\\{0,4}["']?\\s{0,2}[=:]\\s{0,2}\\\\{0,4}["']?`;
/** In their usual case, and in capitals: request ids may have `eaa` in small letters. */
const TOKEN = new RegExp(
  `${WORD}(?:(?-i:EAA)[\\w-]{4,}|pk_live_[\\w-]{4,}|(?:AKIA|ASIA)[A-Z0-9]{16}|sha(?:1|256)=[0-9a-f]+)|` +
    `${WORD}Bearer\\s+[^\\s"'\\\\]+|` +
    `(?<name>${WORD}${SECRET}${GIVEN})(?!Bearer\\s)[^\\s&"'\\\\,}]{4,}`,
  'gi',
);
/** A caller's key, whole or cut off. Its stage and id stay: they tell whose key it is, and give no access. */
const API_KEY_TEXT = new RegExp(
  `(${API_KEY.prefix}_[a-z][a-z0-9-]{0,15}_[0-9A-Za-z]{${API_KEY.idCharacters}}_)[0-9A-Za-z]+`,
  'g',
);
/** Cursors are opaque, but contain users. */
const CURSOR = /((?:\b|\\[bfnrt])(?:after|before|cursor)(?:=|%3D|\\{0,4}"\s{0,2}:\s{0,2}\\{0,4}"))[^\s&"'\\]+/gi;
/** Characters of Base64. */
const ENCODED = /[A-Za-z0-9+/_-]{12,}={0,2}/g;
const PRINTABLE = /^[\t\n\r -~]+$/;
/** The user part of the table's keys, which errors of the SDK may quote. */
const KEY = /(USER#|AUDIT#(?:\d+|\*)#)[^"'\s,}\\]+/g;

const UNSEEN = `[${INVISIBLE}]*`;
/** In any script: a user who is written in a script that is refused is still a user. */
const DIGIT = '\\p{Nd}';
/** Separators as JSON and URLs escape them. */
const ESCAPED = '\\\\{1,4}(?:[nrt]|u[0-9a-f]{4})|%[0-9a-f]{2}';
/** Everything that a spelling may have between two digits. */
const BETWEEN = `${UNSEEN}(?:(?:[${SPACE}${DASH}${MARK}\\r\\n]|${ESCAPED})${UNSEEN}){0,8}`;
/**
 * Values with many digits that are no users, and that operators search for: ids of jobs, operations, requests and traces,
 * times, the account of an ARN, and a phone number id in its usual place. An id of less than 15 digits may be a phone number
 * that somebody put in its place. Meta's ids have 15 or more digits, and no phone number has.
 */
const KEPT = [
  '(?:(?<![\\w])\\d{15,32}-)?(?<!\\w)[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\w)',
  '(?<!\\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\\w)',
  '(?<!\\w)1-[0-9a-f]{8}-[0-9a-f]{24}(?!\\w)',
  '(?<!\\d)20\\d\\d-[01]\\d-[0-3]\\dT[0-2]\\d:[0-5]\\d(?::[0-5]\\d(?:\\.\\d{1,9})?)?Z?',
  'arn:aws[\\w-]*:[\\w-]*:[\\w-]*:\\d{12}(?=:)',
  '(?<=phone number id |NUMBER#|AUDIT#)\\d{15,32}(?!\\d)',
].join('|');
const NUMBER = new RegExp(
  `(?<kept>${KEPT})|(?<!${DIGIT})\\d{7,32}(?=-[0-7][0-9A-HJKMNP-TV-Z]{25}(?!\\w))|` +
    `(?:[+\\uff0b]${UNSEEN}|%2B)?(?<!${DIGIT})${DIGIT}(?:${BETWEEN}${DIGIT}){6,}`,
  'giu',
);

const FULL_WIDTH_LETTER = '\\uff21-\\uff3a\\uff41-\\uff5a';
const letter = (ascii: string) => `[${ascii}${FULL_WIDTH_LETTER}]${UNSEEN}`;
const CAPITAL = letter('A-Z');
const LETTER = letter('A-Za-z');
const DOT = `[.\\uff0e]${UNSEEN}`;
const PARENT = `${letter('Ee')}${letter('Nn')}${letter('Tt')}${DOT}`;
const OWN = `(?:[A-Za-z${FULL_WIDTH_LETTER}${DIGIT}]${UNSEEN})+`;
const THREE_DIGITS = `(?:(?:${LETTER})*${DIGIT}${UNSEEN}){3}`;
/** A BSUID. With the country in lower case, many words look like one, such as a host name. One with digits is masked. */
const USER_ID = new RegExp(
  `${WORD}(?:${CAPITAL}${CAPITAL}${DOT}(?:${PARENT})?|${LETTER}${LETTER}${DOT}(?:${PARENT}|(?=${THREE_DIGITS})))${OWN}`,
  'gu',
);

/** Removes tokens and users from a text before it is logged. Of a number, only the last two digits remain. */
export function mask(text: string): string {
  return maskUsers(
    text
      .replace(API_KEY_TEXT, '$1[token]')
      .replace(TOKEN, (_, name: string | undefined) => `${name ?? ''}[token]`)
      .replace(CURSOR, '$1[cursor]')
      .replace(ENCODED, (word) => (holdsUser(word) ? '[cursor]' : word)),
  );
}

function maskUsers(text: string): string {
  return text
    .replace(KEY, '$1[user]')
    .replace(USER_ID, '[user]')
    .replace(NUMBER, (found, kept: string | undefined) => (kept === undefined ? `[…${found.slice(-2)}]` : found));
}

/** A cursor without a name: Base64 of a text with a user. */
function holdsUser(word: string): boolean {
  const decoded = Buffer.from(word, 'base64url').toString('latin1');
  return PRINTABLE.test(decoded) && maskUsers(decoded) !== decoded;
}

const SECRET_FIELD = new RegExp(`^(?:${SECRET}|authorization|cookie|password|secret)$`, 'i');
const USER_FIELD = /^(?:user|users|input|wa_id|user_id|parent_user_id|waId|userId)$/;
const CURSOR_FIELD = /^(?:after|before|cursor|next)$/;
const ID_FIELD = /^(?:phone_number_id|phoneNumberId)$/;
const KEY_ID_FIELD = /^key_id$/;
const KEY_ID = new RegExp(`^[0-9A-Za-z]{${API_KEY.idCharacters}}$`);
const META_ID = /^\d{15,32}$/;
/** Deeper than any logged value; also stops at values that contain themselves. */
const DEPTH = 8;

/** The same of any value, in the field of that name: every text, key and number in it. `describeError` is what is left of an error. */
export function maskValue(value: unknown, describeError: (error: Error) => unknown, field = ''): unknown {
  return maskAt(value, describeError, { field, depth: 0 });
}

function maskAt(
  value: unknown,
  describeError: (error: Error) => unknown,
  { field, depth }: { readonly field: string; readonly depth: number },
): unknown {
  if (depth > DEPTH) return '[deeper]';
  switch (typeof value) {
    case 'string':
      return maskField(field, value);
    case 'number':
    case 'bigint':
      return maskNumber(value);
    case 'object':
      break;
    case 'boolean':
    case 'undefined':
      return value;
    default:
      return undefined;
  }
  if (value === null) return null;
  const below = (one: unknown, name: string) => maskAt(one, describeError, { field: name, depth: depth + 1 });
  if (value instanceof Error) return below(describeError(value), field);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map) return [...value].map(([key, one]) => [below(key, ''), below(one, String(key))]);
  if (value instanceof Set || Array.isArray(value)) return [...value].map((one) => below(one, field));
  if (ArrayBuffer.isView(value)) return '[bytes]';
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [mask(key), below(one, key)]));
}

function maskField(field: string, text: string): string {
  if (SECRET_FIELD.test(field)) return '[token]';
  if (USER_FIELD.test(field)) return '[user]';
  if (CURSOR_FIELD.test(field)) return '[cursor]';
  // Random, so that parts of it may look like a phone number.
  if (KEY_ID_FIELD.test(field) && KEY_ID.test(text)) return text;
  return ID_FIELD.test(field) && META_ID.test(text) ? text : mask(text);
}

/** Counts and codes have fewer digits than phone numbers, and times since the epoch look like no country's numbers. */
function maskNumber(value: number | bigint): number | string | undefined {
  const text = String(value);
  if (/^-?\d{10,}$/.test(text) && !/^1[5-9]\d{8}(?:\d{3})?$/.test(text)) return `[…${text.slice(-2)}]`;
  return typeof value === 'bigint' ? text : value;
}
