/**
 * Which characters stand in a spelling of a user, by Unicode property: the insides of character classes. The reader of
 * identities and the mask of logs share them, so that whatever the one accepts, the other finds.
 */

/** What nobody sees: format characters, marks, variation selectors, fillers. A blank of braille is a symbol to Unicode. */
export const INVISIBLE = '\\p{Default_Ignorable_Code_Point}\\p{Cf}\\p{M}\\u2800';
export const SPACE = '\\p{Zs}\\t';
/** To Unicode, a minus is a sign of mathematics. */
export const DASH = '\\p{Pd}\\u2212';
/** What else may stand between groups of digits, in full width too. */
export const MARK = '.\\/()\\[\\]{}\\uff0e\\uff0f\\uff08\\uff09\\uff3b\\uff3d\\uff5b\\uff5d';

/** Nothing to do: most spellings are ASCII. */
const PRINTED = /^[ -~]*$/;
const UNSEEN = new RegExp(`[${INVISIBLE}]+`, 'gu');
const FULL_WIDTH = /[\uff01-\uff5e]+/g;
const SPACES = new RegExp(`[${SPACE}]`, 'gu');
const DASHES = new RegExp(`[${DASH}]`, 'gu');

/**
 * The text as it looks: without what nobody sees, in the width of ASCII, with one kind of space and of dash. Nothing else is
 * mapped: NFKC would make digits of footnotes and fractions.
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
