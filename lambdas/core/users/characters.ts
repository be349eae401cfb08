/**
 * The characters that a spelling of a user may have, by Unicode property, as the insides of character classes. The reader of
 * identities and the mask of logs share them, so that the mask finds whatever the reader accepts.
 */

/**
 * Invisible characters: format characters, marks, variation selectors, fillers. For Unicode, a blank of braille is a symbol.
 */
export const INVISIBLE = '\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{M}\\u2800';
export const SPACE = '\\p{Zs}\\t';
/** For Unicode, a minus is a mathematical sign. */
export const DASH = '\\p{Pd}\\u2212';
/** Other characters that may separate groups of digits, in full width too. */
export const MARK = '.\\/()\\[\\]{}\\uff0e\\uff0f\\uff08\\uff09\\uff3b\\uff3d\\uff5b\\uff5d';

/** Most spellings are ASCII, and need nothing. */
const PRINTED = /^[ -~]*$/;
const UNSEEN = new RegExp(`[${INVISIBLE}]+`, 'gu');
const FULL_WIDTH = /[\uff01-\uff5e]+/g;
const SPACES = new RegExp(`[${SPACE}]`, 'gu');
const DASHES = new RegExp(`[${DASH}]`, 'gu');

/**
 * The text as it looks: without invisible characters, in the width of ASCII, with one kind of space and of dash. Nothing else
 * is mapped: NFKC would turn footnote marks and fractions into digits.
 */
export function asSeen(text: string): string {
  if (PRINTED.test(text)) return text.trim();
  return text
    .replace(UNSEEN, '')
    .replace(FULL_WIDTH, (characters) => characters.normalize('NFKC'))
    .replace(SPACES, ' ')
    .replace(DASHES, '-')
    .trim();
}
