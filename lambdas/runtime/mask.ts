const TOKEN = /\b(?:EAA[\w-]{4,}|pk_live_[\w-]{4,})|Bearer\s+\S+|(?<=\b(?:input|access)_token=)[^\s&"']+/g;
/**
 * A run of digits as long as a phone number, with whatever separators; ids of AWS have letters between. What is no user stays
 * readable: a phone number id at the beginning of a job id, or named as such; the account of an ARN.
 */
const NUMBER =
  /(?:(?<!\w|phone number id |arn:aws[\w-]*:[\w-]*:[\w-]*:)\+?|%2B)\d(?:[\s().\-\u2010-\u2015]{0,3}\d){6,}(?!\w|-[0-9A-HJKMNP-TV-Z]{26})/gi;
/** The user part of the table's keys, which errors of the SDK may quote. */
const KEY = /(USER#|AUDIT#\d+#)[^"'\s,}]+/g;

/** Takes tokens and users out of a text that is to be logged: what is left of a number is its last two digits. */
export function mask(text: string): string {
  return text
    .replace(TOKEN, '[token]')
    .replace(KEY, '$1[user]')
    .replace(NUMBER, (number) => `[…${number.slice(-2)}]`);
}
