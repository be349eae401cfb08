import type { ErrorSpelling } from './error-spelling.ts';

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
  /** The user that it is about, as sent. */
  about?: string | undefined;
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
  [0, { status: 401, text: 'We were unable to authenticate the app user' }],
  [1, { status: 500, text: 'An unknown error occurred' }],
  [2, { status: 503, text: 'Service temporarily unavailable' }],
  [3, { status: 500, text: 'Application lacks the capability for this call' }],
  [4, { status: 400, text: 'Application request limit reached' }],
  [10, { status: 403, text: 'Application lacks permission for this action' }],
  [17, { status: 400, text: 'User request limit reached' }],
  [32, { status: 400, text: 'Page request limit reached' }],
  [100, { status: 400, text: 'Invalid parameter' }],
  [104, { status: 401, text: 'An access token is required to request this resource.' }],
  [190, { status: 401, text: 'Invalid OAuth access token' }],
  [341, { status: 400, text: 'Application limit reached' }],
  [368, { status: 403, text: 'Temporarily blocked for policies violations' }],
  [613, { status: 400, text: 'Calls to this API have exceeded the rate limit' }],
  [2500, { status: 400, text: 'Unknown path components' }],
  [80007, { status: 400, text: 'Rate limit issues' }],
  [80008, { status: 400, text: 'There have been too many calls to this WhatsApp Business account' }],
  [130429, { status: 400, text: 'Rate limit hit', details: 'Too many requests in a short time' }],
  [131005, { status: 403, text: 'Access denied' }],
  [131021, { status: 400, text: 'Self block', details: 'A number cannot block itself' }],
  [131047, { status: 400, text: 'Re-engagement required', details: 'No message of this user in the last 24 hours' }],
  [131048, { status: 400, text: 'Spam rate limit hit' }],
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

/** Codes whose messages have no `(#code)` in Graph. */
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
export function userTexts(error: GraphError, spelling: ErrorSpelling): { message: string; details: string } {
  const { text, details } = known(error);
  const message = quoting(error.text ?? text, error, spelling);
  return {
    message: numbered(message, error, spelling),
    details: quoting(error.details ?? details ?? message, error, spelling),
  };
}

/** The `error` object of a whole-request error, or of an answer in which some users failed. */
export function errorObject(error: GraphError, spelling: ErrorSpelling, trace: string): Record<string, unknown> {
  const { details } = known(error);
  const more = error.details ?? details;
  return {
    message: messageOf(error, spelling),
    type: error.subcode === 33 ? 'GraphMethodException' : 'OAuthException',
    ...codeField(error, spelling),
    ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
    ...(error.isTransient === undefined ? {} : { is_transient: error.isTransient }),
    ...(more === undefined ? {} : { error_data: errorData(quoting(more, error, spelling), spelling) }),
    fbtrace_id: trace,
  };
}

/** The code, if the options put it into a field of its own. */
export function codeField({ code }: GraphError, spelling: ErrorSpelling): { code?: number | string } {
  if (spelling.codeStandsIn !== 'field') return {};
  return { code: spelling.codeAsString ? String(code) : code };
}

export function errorData(details: string, { errorDataAsString }: ErrorSpelling): string | { details: string } {
  return errorDataAsString ? details : { details };
}

/** The message of an error for a whole request. It has `(#code)` if Graph writes that, or if the code is nowhere else. */
export function messageOf(error: GraphError, spelling: ErrorSpelling): string {
  const subcodeText = error.code === 190 ? TOKEN_SUBCODES.get(error.subcode ?? 0) : undefined;
  const message = quoting(error.text ?? subcodeText ?? known(error).text, error, spelling);
  return UNNUMBERED.has(error.code) ? numbered(message, error, spelling) : `(#${error.code}) ${message}`;
}

function numbered(message: string, { code }: GraphError, { codeStandsIn }: ErrorSpelling): string {
  return codeStandsIn === 'field' ? message : `(#${code}) ${message}`;
}

/** With the user that it is about, as sent and as digits, if the options say so. */
function quoting(text: string, { about }: GraphError, { messagesQuoteUsers }: ErrorSpelling): string {
  if (!messagesQuoteUsers || about === undefined) return text;
  const digits = about.replaceAll(/\D/g, '');
  return `${text} (${digits === '' || digits === about ? about : `${about}, ${digits}`})`;
}
