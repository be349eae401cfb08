/**
 * The errors that mean something to a caller. Only `http/error-response.ts` translates them for HTTP. An error outside this
 * family is a fault of ours.
 */

/** What a refusal by Graph means for its caller: see the table of codes in `graph-codes.ts`. */
export type GraphErrorKind =
  | 'rate_limited'
  | 'transient'
  | 'timeout'
  | 'token'
  | 'permission'
  | 'list_full'
  | 'list_changed'
  /** Graph answered in a way that this service cannot read. To ask again does not help, and nothing may be concluded. */
  | 'unreadable'
  | 'permanent';

export interface GraphErrorFields {
  readonly kind: GraphErrorKind;
  readonly code: number;
  readonly message: string;
  readonly subcode?: number | undefined;
  readonly type?: string | undefined;
  readonly details?: string | undefined;
  readonly fbtraceId?: string | undefined;
  /** Seconds until Graph accepts calls again, if it named a time. */
  readonly retryAfterSeconds?: number | undefined;
  /** Whether Graph may have applied the change nevertheless: an answer was lost, garbled or late. */
  readonly maybeApplied?: boolean | undefined;
  /** Ids of users who were to be in the request, and were left alone. */
  readonly notSent?: ReadonlySet<string> | undefined;
}

/** Graph, or the connection to it, refused or lost a whole request. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly kind: GraphErrorKind;
  readonly code: number;
  readonly subcode: number | undefined;
  readonly type: string;
  readonly details: string | undefined;
  readonly fbtraceId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly maybeApplied: boolean;
  readonly notSent: ReadonlySet<string> | undefined;

  constructor(fields: GraphErrorFields, options?: ErrorOptions) {
    super(fields.message, options);
    this.kind = fields.kind;
    this.code = fields.code;
    this.subcode = fields.subcode;
    this.type = fields.type ?? 'OAuthException';
    this.details = fields.details;
    this.fbtraceId = fields.fbtraceId;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.maybeApplied = fields.maybeApplied ?? false;
    this.notSent = fields.notSent;
  }

  /** The same refusal, for a request that Graph may have carried out in an earlier attempt. */
  asMaybeApplied(): GraphError {
    // The spread does not copy an error's message.
    return new GraphError({ ...this, message: this.message, maybeApplied: true }, { cause: this });
  }

  /** The same refusal, of a request without these users. */
  without(notSent: ReadonlySet<string>): GraphError {
    return new GraphError({ ...this, message: this.message, notSent }, { cause: this });
  }
}

type InvalidStatus = 400 | 403 | 404 | 409 | 413 | 415;

/** A request that is refused as a whole, before anything is called or written. The message names the field and the limit. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  readonly status: InvalidStatus;

  constructor(message: string, status: InvalidStatus = 400) {
    super(message);
    this.status = status;
  }
}

/** The caller is known, but may not do this. */
export class NotPermittedError extends Error {
  override readonly name = 'NotPermittedError';
}

/** The caller has as many jobs or reconciliations in progress as the limit allows. The message names the limit. */
export class LimitReachedError extends Error {
  override readonly name = 'LimitReachedError';
  /** Seconds after which another may be accepted. */
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The secret has no usable token. The message is for callers, so it does not name the secret. */
export class TokenMissingError extends Error {
  override readonly name = 'TokenMissingError';
  /** The command that changes the secret. It is logged, for the team that may use it. */
  readonly command: string | undefined;
  /** Whether other numbers have a token. Then this number is not the team's, or is not set up yet. */
  readonly othersHaveOne: boolean;
  /** Whether an operator listed the number as retired. Then nothing is missing, and nobody needs an alarm. */
  readonly isRetired: boolean;

  constructor(
    message: string,
    more: { readonly command?: string; readonly othersHaveOne?: boolean; readonly isRetired?: boolean } = {},
  ) {
    super(message);
    this.command = more.command;
    this.othersHaveOne = more.othersHaveOne ?? false;
    this.isRetired = more.isRetired ?? false;
  }
}

/** The table, the secret or the workflow did not answer after its retries. Repeating the request is safe. */
export class DependencyError extends Error {
  override readonly name = 'DependencyError';
}

/** Something that must exist (a job's chunk, a stored item's field) does not: never read as "empty". */
export class MissingDataError extends Error {
  override readonly name = 'MissingDataError';
}
