/**
 * What a line of text that is stored and shown to people must not hold: control characters and line breaks, which forge
 * lines of a log or a table; direction controls, which make a text read as another one; halves of surrogate pairs, which
 * no UTF-8 can carry. Joiners stay: emoji and several scripts are written with them.
 */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u;

export function isLine(text: string): boolean {
  return !UNFIT.test(text);
}

/** Names the character, since it cannot be seen. */
export function whyNoLine(text: string): string {
  const character = UNFIT.exec(text)?.[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return `must be one line, without control characters, direction controls or halves of surrogate pairs; it has U+${character}`;
}

/** The beginning of a text that an answer quotes, never cut through a character. */
export function quoted(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}
