import type { Identity } from './blocklist/identity.ts';
import type {
  Alias,
  AuditEvent,
  Drift,
  MirrorUser,
  NumberSummary,
  ReconcileFailure,
  Stored,
} from './blocklist/mirror.ts';
import type { OpenOperation, Operation, Resolution, Settlement } from './blocklist/operation.ts';
import type { Action, UserOutcome } from './blocklist/outcome.ts';

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
  problem(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** An error that nobody expected, and which was survived. */
  fault(message: string, error: unknown, fields: Readonly<Record<string, unknown>>): void;
}

export type ProviderName = 'meta' | 'splashify';

export interface Credentials {
  readonly token: string;
  /** Where set, requests carry an `appsecret_proof`. */
  readonly appSecret?: string | undefined;
  readonly provider: ProviderName;
  /** Users that the provider takes in one request. */
  readonly batchLimit: number;
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
  /** Every token, as the secret is at this moment. Throws `TokenMissingError` where none at all was put in. */
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

export interface GraphPage {
  readonly users: readonly { readonly waId?: string | undefined; readonly userId?: string | undefined }[];
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

/** A place in the mirror's order: the item after (before) which a page begins. */
export interface ListPosition {
  readonly shard: number;
  readonly user: string;
}

export interface ListPage {
  readonly users: readonly (MirrorUser & { readonly shard: number })[];
  /** Whether there is more in the direction of reading. */
  readonly more: boolean;
}

/** A write of the mirror over exactly what was read before: `prior`, or nothing. */
export interface MirrorWrite {
  readonly id: string;
  readonly prior: Stored | undefined;
  readonly next: MirrorUser | Alias;
}

/** A write of the mirror with its line in the history: both or neither. */
export interface DriftWrite extends MirrorWrite {
  readonly event: AuditEvent;
}

/** What a reconciliation that finished found. */
export interface ReconciliationEnd {
  readonly reconciliationId: string;
  /** ISO 8601: when its scan of Graph's list began. */
  readonly reconciledAt: string;
  readonly drift: Drift;
  /** The size that was read before, and the one to correct it to; absent while operations are under way that change both. */
  readonly size?: { readonly from: number | undefined; readonly to: number } | undefined;
}

/** The mirror, the history and the operations of a number. Every write can be repeated. */
export interface BlocklistStore {
  /** What stands under each id; ids that nothing is known of are absent from the map. */
  getUsers(phoneNumberId: string, ids: readonly string[], consistent?: boolean): Promise<Map<string, Stored>>;
  /** Writes each item only over the revision of its `prior`; gives the ids where another writer was first. */
  putUsers(phoneNumberId: string, writes: readonly MirrorWrite[]): Promise<string[]>;
  appendEvents(phoneNumberId: string, events: readonly AuditEvent[]): Promise<void>;
  pageBlocked(
    phoneNumberId: string,
    page: { limit: number; from?: ListPosition | undefined; backward?: boolean },
  ): Promise<ListPage>;
  /** Events of any of `users`, newest first, older than the key `before` (`<at>#<operationId>`). */
  pageEvents(
    phoneNumberId: string,
    users: readonly string[],
    page: { limit: number; before?: string | undefined },
  ): Promise<AuditEvent[]>;
  /** Everyone in state `blocked`, page by page, in no order. */
  listBlocked(phoneNumberId: string): AsyncIterable<readonly Pick<MirrorUser, 'user' | 'waId' | 'userId'>[]>;
  /** As `putUsers`, each together with its event. */
  putUsersWithEvents(phoneNumberId: string, writes: readonly DriftWrite[]): Promise<string[]>;
  getSummary(phoneNumberId: string, consistent?: boolean): Promise<NumberSummary | undefined>;
  /** Records what was found, and adds the drift to the size where it is not corrected whole. Once however often it is called. */
  finishReconciliation(phoneNumberId: string, end: ReconciliationEnd): Promise<void>;
  failReconciliation(phoneNumberId: string, failure: ReconcileFailure): Promise<void>;
  /** Numbers known to the schedules, in their own order. */
  listNumbers(page: { limit: number; after?: string | undefined }): Promise<string[]>;
  /** Operations of the number that are under way, crashed or uncertain. */
  listOpenOperations(phoneNumberId: string): Promise<OpenOperation[]>;
  /** Numbers with operations that have been open for longer than any function may run. */
  listNumbersWithDueOperations(now: string): Promise<string[]>;
  /** Ends an operation that nobody settled; its counts are what Graph's list told. */
  resolveOperation(operation: OpenOperation, resolution: Resolution): Promise<void>;
  /** Makes the number known to the schedules. */
  registerNumber(phoneNumberId: string, at: string): Promise<void>;
  startOperation(operation: Operation): Promise<void>;
  /** Ends the operation and adds what it changed to the size of the list, both or neither, and once however often it is called. */
  settleOperation(operation: Operation, settlement: Settlement): Promise<void>;
}
