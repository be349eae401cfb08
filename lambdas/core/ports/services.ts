import type { MetricName } from '../../contract/metrics.ts';
import type { ProviderName } from '../../contract/providers.ts';
import type { Action, UserOutcome } from '../changes/outcome.ts';
import type { Identity } from '../users/identity.ts';

/** What core needs from outside. Adapters implement it; tests have an in-memory store and a fake clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1): for jitter. */
  random(): number;
}

/** What an operator should read. Fields have no user and no token. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** Something that a person must look at. */
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** An unexpected error that the service survived. */
  fault(message: string, error: unknown, fields: Readonly<Record<string, unknown>>): void;
}

/** Numbers of which CloudWatch makes metrics. `METRICS` of the contract has the unit of each. */
export interface Metrics {
  put(name: MetricName, value: number): void;
}

export interface Credentials {
  readonly token: string;
  /** If set, requests have an `appsecret_proof`. */
  readonly appSecret?: string | undefined;
  readonly provider: ProviderName;
  /** Users that the provider accepts in one request. */
  readonly batchLimit: number;
  /** Whether the token is set for this number. Otherwise it is the default, for any number that it may see. */
  readonly isOwn?: boolean | undefined;
}

/** A token of the secret, listed once, and the numbers that use it. */
export interface HeldToken {
  /** Absent if the secret has an empty token for the numbers. */
  readonly credentials: Credentials | undefined;
  /** The numbers for which the secret has this token. */
  readonly phoneNumberIds: readonly string[];
  /** Whether every number without an entry in the secret uses it. */
  readonly isDefault: boolean;
}

export interface TokenSource {
  /** The credentials of a number, from a cache with a short life. Throws `TokenMissingError` if the secret has none. */
  credentials(phoneNumberId: string): Promise<Credentials>;
  /**
   * Reads the secret again. Gives credentials only if the token differs from `refused`. Without a number: the credentials of
   * every number without an entry in the secret.
   */
  renewed(phoneNumberId: string | undefined, refused: Credentials): Promise<Credentials | undefined>;
  /**
   * Every token that the secret has now; none if it is as the first deploy left it. Throws `TokenMissingError` if it was
   * changed and has no token at all.
   */
  all(): Promise<HeldToken[]>;
}

/** A call about the token itself, not about a number. */
export interface TokenCall {
  /** Graph version of the caller's path; absent for the configured one. */
  readonly version?: string | undefined;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
}

/** A call about the list of one number. */
export interface GraphCall extends TokenCall {
  readonly phoneNumberId: string;
  /** The operation that it belongs to, for the log. */
  readonly operationId?: string | undefined;
}

/** What Graph says about a token. */
export interface TokenInfo {
  readonly valid: boolean;
  /** ISO 8601; absent if the token does not expire. */
  readonly expiresAt?: string | undefined;
  /** ISO 8601: when the app loses access to the data of the token's owner; absent if it does not. */
  readonly dataAccessExpiresAt?: string | undefined;
  /** Why it is not valid, if Graph says so. */
  readonly refusal?: TokenRefusal | undefined;
}

export interface TokenRefusal {
  readonly message: string;
  readonly code?: number | undefined;
  readonly subcode?: number | undefined;
}

/** A user of Graph's list, who is never without an id. */
export type ListedUser =
  | { readonly waId: string; readonly userId?: string | undefined }
  | { readonly waId?: undefined; readonly userId: string };

export interface GraphPage {
  readonly users: readonly ListedUser[];
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** Whether Graph itself named a next or a previous page; absent if it does not say. */
  readonly hasNext?: boolean | undefined;
  readonly hasPrevious?: boolean | undefined;
}

/** The Block Users API. Throws `GraphError` if a whole request is refused or lost. */
export interface Graph {
  /** One outcome for every identity, in their order. */
  changeUsers(call: GraphCall, action: Action, identities: readonly Identity[]): Promise<UserOutcome[]>;
  /** If one user of the page cannot be read, throws a `GraphError` of kind `unreadable`. */
  listUsers(
    call: GraphCall,
    page: { limit: number; after?: string | undefined; before?: string | undefined },
  ): Promise<GraphPage>;
  /**
   * Asks about the token of the call, with that token. Throws `GraphError`: of kind `token` if Graph refuses the token, and
   * `permanent` if the provider has no such call or the token may not make it.
   */
  inspectToken(call: TokenCall): Promise<TokenInfo>;
}
