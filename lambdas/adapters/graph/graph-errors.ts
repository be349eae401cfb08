import { GraphError, type GraphErrorKind } from '../../core/errors.ts';
import { GRAPH_CODE, kindOf } from '../../core/graph-codes.ts';
import { type AnsweredError, errorDetails } from './answer-schemas.ts';
import { type HttpAnswer, HttpConnectionError, HttpTimeoutError } from './http-client.ts';
import { secondsToWait } from './time-to-wait.ts';

const BEARER = /\b(EAA[\w-]{6,}|pk_live_[\w-]+|Bearer\s+\S+)|(?<=\b(?:input|access)_token=)[^\s&"']+/g;

/** The client removes its own token from every answer. This removes whatever else looks like a token. */
export function withoutToken(text: string): string {
  return text.replace(BEARER, '[token]');
}

/** Graph's refusal of a whole request. */
export function refusal(error: AnsweredError, answer: HttpAnswer): GraphError {
  const kind = kindOf(error.code, error.is_transient ?? false, answer.status);
  const code = error.code ?? codeOfKind(kind) ?? GRAPH_CODE.unknown;
  const details = errorDetails(error.error_data) ?? error.error_user_msg ?? undefined;
  return new GraphError({
    kind,
    code,
    message: withoutToken(error.message ?? `(#${code}) Graph refused the request`),
    subcode: error.error_subcode,
    type: error.type ?? undefined,
    details: details === undefined ? undefined : withoutToken(details),
    fbtraceId: error.fbtrace_id ?? undefined,
    retryAfterSeconds: secondsToWait(kind, answer.headers),
    // A fault and no refusal, whatever the HTTP status: it may have happened after the change was made.
    maybeApplied: kind === 'transient',
  });
}

/** For a call that a provider does not have. Nothing was sent. */
export function noSuchCall(provider: string): GraphError {
  return new GraphError({
    kind: 'permanent',
    code: GRAPH_CODE.invalidParameter,
    message: `(#${GRAPH_CODE.invalidParameter}) ${provider} has no such call`,
  });
}

/** For HTML of a proxy, cut-off JSON, or an empty answer: the result of the request is unknown, unless the status says it. */
export function noAnswer(answer: HttpAnswer): GraphError {
  const { status } = answer;
  const kind = status === 401 || status === 429 ? kindOf(undefined, false, status) : 'transient';
  const what = answer.body.trim() === '' ? 'an empty answer' : 'an answer that is not its JSON';
  return new GraphError({
    kind,
    code: codeOfKind(kind) ?? 2,
    message: `Graph returned ${what} (HTTP ${status})`,
    retryAfterSeconds: secondsToWait(kind, answer.headers),
    maybeApplied: kind === 'transient',
  });
}

/** The code of a refusal whose kind only the HTTP status tells. */
function codeOfKind(kind: GraphErrorKind): number | undefined {
  if (kind === 'token') return GRAPH_CODE.accessTokenInvalid;
  return kind === 'rate_limited' ? GRAPH_CODE.rateLimitHit : undefined;
}

/** For a page of the list that does not say who is on it. */
export function unreadableList(why: string): GraphError {
  const message = `Graph's list cannot be read: ${why}`;
  return new GraphError({ kind: 'unreadable', code: GRAPH_CODE.internal, message });
}

/** No call is in progress, and each earlier one was refused or has its outcomes, so none of the remaining users was changed. */
export function outOfTime(): GraphError {
  const message = 'Time ran out before the service found the number for which the provider refuses the request';
  return new GraphError({ kind: 'timeout', code: 2, message });
}

/** The error for a network fault. */
export function lost(error: unknown): unknown {
  if (error instanceof HttpTimeoutError) {
    const message = 'Graph did not answer in time; the request may have been carried out, and is safe to repeat';
    return new GraphError({ kind: 'timeout', code: 2, message, maybeApplied: true }, { cause: error });
  }
  if (error instanceof HttpConnectionError) {
    const message = error.sent ? 'The connection to Graph broke before its answer' : 'Graph could not be reached';
    return new GraphError({ kind: 'transient', code: 2, message, maybeApplied: error.sent }, { cause: error });
  }
  return error;
}
