import type { ErrorSpelling } from './dialects.ts';

/** An error before it is spelled: everything but `code` has a default by code. */
export interface GraphError {
  code: number;
  subcode?: number | undefined;
  /** HTTP status of a whole-request error. */
  status?: number | undefined;
  /** The message without its `(#code)`. */
  text?: string | undefined;
  details?: string | undefined;
  isTransient?: boolean | undefined;
}

interface KnownError {
  status: number;
  text: string;
  details?: string;
}

/**
 * Statuses are those of Meta's table of Cloud API error codes: note the 500 of a permission error (3) and the 400 of
 * throttling, which mislead a client that decides by status.
 */
const KNOWN: ReadonlyMap<number, KnownError> = new Map([
  [1, { status: 500, text: 'An unknown error occurred' }],
  [2, { status: 503, text: 'Service temporarily unavailable' }],
  [3, { status: 500, text: 'Application lacks the capability for this call' }],
  [4, { status: 400, text: 'Application request limit reached' }],
  [10, { status: 403, text: 'Application lacks permission for this action' }],
  [17, { status: 400, text: 'User request limit reached' }],
  [100, { status: 400, text: 'Invalid parameter' }],
  [104, { status: 401, text: 'An access token is required to request this resource.' }],
  [190, { status: 401, text: 'Invalid OAuth access token' }],
  [341, { status: 400, text: 'Application limit reached' }],
  [368, { status: 403, text: 'Temporarily blocked for policies violations' }],
  [2500, { status: 400, text: 'Unknown path components' }],
  [80007, { status: 400, text: 'Rate limit issues' }],
  [130429, { status: 400, text: 'Rate limit hit', details: 'Too many requests in a short time' }],
  [131021, { status: 400, text: 'Self block', details: 'A number cannot block itself' }],
  [131047, { status: 400, text: 'Re-engagement required', details: 'No message of this user in the last 24 hours' }],
  [139100, { status: 400, text: 'Failed to block/unblock users' }],
  [139101, { status: 400, text: 'Blocklist limit reached', details: 'The blocklist has no room for more users' }],
  [
    139102,
    { status: 400, text: 'Blocklist concurrent update', details: 'The list changed: start from the first page' },
  ],
  [139103, { status: 500, text: 'Internal error', details: 'Try the request again' }],
]);

const TOKEN_SUBCODES: ReadonlyMap<number, string> = new Map([
  [460, 'Error validating access token: the password was changed'],
  [463, 'Error validating access token: the session has expired'],
  [467, 'Error validating access token: the session was invalidated'],
]);

/** Codes whose messages Graph gives without `(#code)`. */
const UNNUMBERED: ReadonlySet<number> = new Set([1, 2, 104, 190, 2500]);

function known(error: GraphError): KnownError {
  const byCode = KNOWN.get(error.code);
  if (byCode !== undefined) return byCode;
  if (error.code >= 200 && error.code <= 299) return { status: 403, text: 'Permissions error' };
  return { status: 400, text: 'Request failed' };
}

export function statusOf(error: GraphError): number {
  return error.status ?? known(error).status;
}

/** Message and details of a per-user error; Graph does not number these messages. */
export function userTexts(error: GraphError): { message: string; details: string } {
  const { text, details } = known(error);
  const message = error.text ?? text;
  return { message, details: error.details ?? details ?? message };
}

/** The `error` object of a whole-request error, or of an answer in which some users failed. */
export function errorObject(error: GraphError, spelling: ErrorSpelling, trace: string): Record<string, unknown> {
  const { text, details } = known(error);
  const subcodeText = error.code === 190 ? TOKEN_SUBCODES.get(error.subcode ?? 0) : undefined;
  const message = error.text ?? subcodeText ?? text;
  const more = error.details ?? details;
  return {
    message: UNNUMBERED.has(error.code) ? message : `(#${error.code}) ${message}`,
    type: error.subcode === 33 ? 'GraphMethodException' : 'OAuthException',
    code: spelling.codeAsString ? String(error.code) : error.code,
    ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
    ...(error.isTransient === undefined ? {} : { is_transient: error.isTransient }),
    ...(more === undefined ? {} : { error_data: spelling.errorDataAsString ? more : { details: more } }),
    fbtrace_id: trace,
  };
}
