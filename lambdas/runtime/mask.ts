import { DASH, INVISIBLE, MARK, SPACE } from '../core/blocklist/characters.ts';

const TOKEN = /\b(?:EAA[\w-]{4,}|pk_live_[\w-]{4,})|Bearer\s+\S+|(?<=\b(?:input|access)_token=)[^\s&"']+/g;
/** The user part of the table's keys, which errors of the SDK may quote. */
const KEY = /(USER#|AUDIT#\d+#)[^"'\s,}]+/g;

const UNSEEN = `[${INVISIBLE}]*`;
/** Whatever script: who is written in one that is refused is a user all the same. */
const DIGIT = '\\p{Nd}';
/** All that a spelling may have between two digits. */
const BETWEEN = `${UNSEEN}(?:[${SPACE}${DASH}${MARK}\\r\\n]${UNSEEN}){0,8}`;
/**
 * A run of digits as long as a phone number; ids of AWS have letters between. What is no user stays readable: a phone number
 * id at the beginning of a job id, or named as such; the account of an ARN.
 */
const NUMBER = new RegExp(
  `(?:(?<![\\w${DIGIT}]|phone number id |arn:aws[\\w-]*:[\\w-]*:[\\w-]*:)(?:[+\\uff0b]${UNSEEN})?|%2B)` +
    `${DIGIT}(?:${BETWEEN}${DIGIT}){6,}(?![\\w${DIGIT}]|-[0-9A-HJKMNP-TV-Z]{26})`,
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
/** A BSUID. With a country in lower case much looks like one, such as the name of a host: what has digits is taken for one. */
const USER_ID = new RegExp(
  `(?<!\\w)(?:${CAPITAL}${CAPITAL}${DOT}(?:${PARENT})?|${LETTER}${LETTER}${DOT}(?:${PARENT}|(?=${THREE_DIGITS})))${OWN}`,
  'gu',
);

/** Takes tokens and users out of a text that is to be logged: what is left of a number is its last two digits. */
export function mask(text: string): string {
  return text
    .replace(TOKEN, '[token]')
    .replace(KEY, '$1[user]')
    .replace(USER_ID, '[user]')
    .replace(NUMBER, (number) => `[…${number.slice(-2)}]`);
}
