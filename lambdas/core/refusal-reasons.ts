import { GraphError, type GraphErrorKind, TokenMissingError } from './errors.ts';
import { GRAPH_CODE, SUBCODE_NO_SUCH_OBJECT } from './graph-codes.ts';

/** Graph's own texts may quote users and tokens. They are shown to the caller, and never logged or stored in a summary. */
const REASONS: Readonly<Record<GraphErrorKind, string>> = {
  rate_limited: 'Graph accepts no more requests for now',
  transient: 'Graph failed temporarily',
  timeout: 'Graph did not answer in time',
  token: 'Graph refuses the token',
  permission: 'The token has no permission for this number',
  list_full: 'The list is full',
  list_changed: 'The list kept changing while it was read',
  unreadable: 'The list cannot be read',
  permanent: 'Graph refuses the request',
};

const TRACE_ID = /^(?=.*[A-Za-z])[\w-]{1,64}$/;

/** What a refusal means, in words of this service. */
export function reasonOf({ kind, code, subcode, message }: GraphError): string {
  // Which item of the list cannot be read is this service's own finding, and names no user.
  if (code === GRAPH_CODE.invalidParameter && subcode === SUBCODE_NO_SUCH_OBJECT)
    return 'Graph knows no such phone number id, or the token may not see it';
  return kind === 'unreadable' ? message : REASONS[kind];
}

/** In words of this service, since it is stored and shown to anybody who asks about the number. */
export function messageOf(error: unknown): string {
  if (error instanceof GraphError) return reasonOf(error);
  return error instanceof TokenMissingError ? error.message : 'A part of this service failed; see its log';
}

/** The trace id, if it cannot be a text or a number of a user. */
export function traceIdOf(text: string | null | undefined): string | undefined {
  return TRACE_ID.test(text ?? '') ? (text ?? undefined) : undefined;
}

/** The log fields of a refusal: what it means, and what Meta's support asks for. */
export function logOf(error: GraphError) {
  const { code, subcode, fbtraceId } = error;
  return { code, subcode, reason: reasonOf(error), fbtrace_id: traceIdOf(fbtraceId) };
}
