const TOKEN = /\b(?:EAA[\w-]{4,}|pk_live_[\w-]{4,})|Bearer\s+\S+/g;
/** A run of digits as long as a phone number, with whatever separators; ids of AWS have letters between. */
const NUMBER = /(?<![\w-])\+?\d(?:[\s().-]?\d){6,}(?![\w-])/g;
/** The user part of the table's keys, which errors of the SDK may quote. */
const KEY = /(USER#|AUDIT#\d+#)[^"'\s,}]+/g;

/** Takes tokens and users out of a text that is to be logged: what is left of a number is its last two digits. */
export function mask(text: string): string {
  return text
    .replace(TOKEN, '[token]')
    .replace(KEY, '$1[user]')
    .replace(NUMBER, (number) => `[…${number.slice(-2)}]`);
}
