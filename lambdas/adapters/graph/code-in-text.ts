/** Graph puts the code in front of its texts, `(#100) Invalid parameter`. Some answers have it nowhere else. */
const CODE_IN_TEXT = /\(\s*#\s*(\d{1,9})\s*\)/;
/** A code is near the beginning; a text may be a whole page. */
const SEARCHED = 4_096;
/** The length that is kept of a text without an end of its own. */
const LONGEST_MESSAGE = 500;

/** The first code in one of these texts. */
export function codeInText(...texts: readonly (string | null | undefined)[]): number | undefined {
  for (const text of texts) {
    const digits = CODE_IN_TEXT.exec(text?.slice(0, SEARCHED) ?? '')?.[1];
    if (digits !== undefined) return Number(digits);
  }
  return undefined;
}

/** The message of a text that is not JSON, such as a plain line or a page: from its code to the end of that line or element. */
export function messageInText(text: string): string {
  const from = text.slice(0, SEARCHED).search(CODE_IN_TEXT);
  const message = text.slice(Math.max(0, from), Math.max(0, from) + LONGEST_MESSAGE);
  return message.split(/[\r\n<]/, 1)[0]?.trim() ?? '';
}
