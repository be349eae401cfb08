import { isKnownCode } from '../../core/graph-codes.ts';
import { type AnsweredError, graphError, refusalAnswer } from './answer-schemas.ts';
import { codeInText, messageInText } from './code-in-text.ts';

/**
 * The error that refuses a whole request, from any place: `error` as an object, a list or a text, `errors`, a `message`
 * without `error`, a JSON text, a plain line, a page of HTML. `undefined` if nothing of Graph's is found.
 */
export function errorIn(body: string): AnsweredError | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return fromText(body);
  }
  if (typeof json === 'string') return fromText(json);
  const answer = refusalAnswer.safeParse(json).data;
  const error = graphError.safeParse(answer?.error).data ?? undefined;
  if (error?.code !== undefined) return error;
  const listed = graphError.safeParse(answer?.errors).data ?? undefined;
  // Outside `error`, a number may mean anything, such as a status.
  if (listed?.code !== undefined && isKnownCode(listed.code)) return listed;
  // Graph's own shape without a code: the HTTP status says what it means.
  return fromText(answer?.message ?? '') ?? (typeof answer?.error === 'object' ? error : undefined);
}

function fromText(text: string): AnsweredError | undefined {
  const code = codeInText(text);
  // A page may have any number. Only a code of Graph counts as Graph's.
  return code !== undefined && isKnownCode(code) ? { code, message: messageInText(text) } : undefined;
}
