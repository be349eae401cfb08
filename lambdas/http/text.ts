/** The beginning of a text, to be quoted in an answer, never cut within a character. */
export function quoted(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}
