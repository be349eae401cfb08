import { z } from 'zod';

/** How errors are spelled; see the options of the same names. */
export interface ErrorSpelling {
  codeAsString: boolean;
  errorDataAsString: boolean;
  codeStandsIn: CodePlace;
  messagesQuoteUsers: boolean;
}

/**
 * The place of an error's code: a field, or only the text, as `(#100) …`. That text is the `message` of an error object,
 * the `error` itself, a JSON text that is the whole answer, a plain line, or a page of HTML. An error of a single user is an
 * object or a text.
 */
export const codePlace = z.enum(['field', 'message', 'error-text', 'json-text', 'plain', 'html']);
export type CodePlace = z.output<typeof codePlace>;
