import type { ProviderName } from '../../contract/providers.ts';
import type { Action, UserOutcome } from '../changes/outcome.ts';
import type { Identity } from '../users/identity.ts';

/** What core needs of the world. Adapters implement these; tests have an in-memory store and a fake clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1): for jitter. */
  random(): number;
}

/** What an operator should read, and nobody is waiting for. Fields hold no user and no token. */
export interface Log {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** Something that somebody must look at. */
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** An error that nobody expected, and which was survived. */
  fault(message: string, error: unknown, fields: Readonly<Record<string, unknown>>): void;
}

export interface Credentials {
  readonly token: string;
  /** Where set, requests carry an `appsecret_proof`. */
  readonly appSecret?: string | undefined;
  readonly provider: ProviderName;
  /** Users that the provider takes in one request. */
  readonly batchLimit: number;
  /** Whether the token is set for this number by name; otherwise it is the default, for any number that it may see. */
  readonly isOwn?: boolean | undefined;
}

/** A token of the secret, once however often it stands there, and whose it is. */
export interface HeldToken {
  /** Absent where the secret names the numbers and leaves their token empty. */
  readonly credentials: Credentials | undefined;
  /** Numbers that the secret names with this token. */
  readonly phoneNumberIds: readonly string[];
  /** Whether every number that the secret does not name uses it. */
  readonly isDefault: boolean;
}

export interface TokenSource {
  /** The credentials of a number, from a cache with a short life. Throws `TokenMissingError` where none was put in. */
  credentials(phoneNumberId: string): Promise<Credentials>;
  /**
   * Reads the secret again; gives credentials only where the token is another one than `refused`. Without a number: those of
   * every number that the secret does not name.
   */
  renewed(phoneNumberId: string | undefined, refused: Credentials): Promise<Credentials | undefined>;
  /**
   * Every token, as the secret is at this moment; none where it still is as the first deploy left it. Throws
   * `TokenMissingError` where it was changed, and holds none at all.
   */
  all(): Promise<HeldToken[]>;
}

/** A call that is about the token itself, or about nothing but Graph. */
export interface TokenCall {
  /** Graph version of the caller's path; the configured one where absent. */
  readonly version?: string | undefined;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
}

/** A call about the list of one number. */
export interface GraphCall extends TokenCall {
  readonly phoneNumberId: string;
}

/** What Graph knows of a token. */
export interface TokenInfo {
  readonly valid: boolean;
  /** ISO 8601; absent where the token does not end. */
  readonly expiresAt?: string | undefined;
  /** ISO 8601: when the app may no longer use what the token's owner lets it see; absent where that does not end. */
  readonly dataAccessExpiresAt?: string | undefined;
  /** Why it is not valid, where Graph says so. */
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
  /** Whether Graph itself named a next or a previous page; absent where it does not say. */
  readonly hasNext?: boolean | undefined;
  readonly hasPrevious?: boolean | undefined;
}

/** The Block Users API. Throws `GraphError` where a whole request is refused or lost. */
export interface Graph {
  /** One outcome for every identity, in their order. */
  changeUsers(call: GraphCall, action: Action, identities: readonly Identity[]): Promise<UserOutcome[]>;
  /** A page with a user who cannot be read is none: throws a `GraphError` of kind `unreadable`. */
  listUsers(
    call: GraphCall,
    page: { limit: number; after?: string | undefined; before?: string | undefined },
  ): Promise<GraphPage>;
  /**
   * Asks about the token of the call, by that token. Throws `GraphError`: of kind `token` where Graph does not take it at
   * all, `permanent` where the provider has no such call or the token may not make it.
   */
  inspectToken(call: TokenCall): Promise<TokenInfo>;
}
