/**
 * The characters that a stored text, which people read, must not have: control characters and line breaks, which forge lines
 * of a log or a table; direction controls, which make a text look like another one; halves of surrogate pairs, which UTF-8
 * cannot encode. Joiners are allowed: emoji and several scripts need them.
 */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u;

export function isLine(text: string): boolean {
  return !UNFIT.test(text);
}

/** Says why, and names the character, since it is invisible. */
export function whyNoLine(text: string): string {
  const character = UNFIT.exec(text)?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return `must be one line, without control characters, direction controls or halves of surrogate pairs; it has U+${character}`;
}
