/** The beginning of a text, to be quoted in an answer, never cut within a character. */
export function quoted(text: string, characters: number): string {
  const beginning = text.slice(0, characters);
  return (beginning === text ? text : beginning.replace(/[\ud800-\udbff]$/, '')).toWellFormed();
}

/**
 * No longer text can be a user. A thousand texts of four times this length could exceed the 6 MB of Lambda's answers: a control
 * character takes seven bytes, since the answer is JSON within JSON.
 */
const LONGEST_INPUT = 256;

/** An entry as the caller sent it, or its beginning, for an answer with a row for each of a thousand. */
export function shownInput(input: string): string {
  return input.length > LONGEST_INPUT ? `${quoted(input, LONGEST_INPUT - 1)}…` : input;
}
