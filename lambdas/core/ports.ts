import type { Identity } from './blocklist/identity.ts';
import type { Alias, AuditEvent, MirrorUser, NumberSummary, Stored } from './blocklist/mirror.ts';
import type { Operation, Settlement } from './blocklist/operation.ts';
import type { Action, UserOutcome } from './blocklist/outcome.ts';

/** What core needs of the world. Adapters implement these; tests have an in-memory store and a fake clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Uniform in [0, 1): for jitter. */
  random(): number;
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

export interface TokenSource {
  /** The credentials of a number, from a cache with a short life. Throws `TokenMissingError` where none was put in. */
  credentials(phoneNumberId: string): Promise<Credentials>;
  /** Reads the secret again; gives credentials only where the token is another one than `refused`. */
  renewed(phoneNumberId: string, refused: Credentials): Promise<Credentials | undefined>;
}

export interface GraphCall {
  readonly phoneNumberId: string;
  /** Graph version of the caller's path; the configured one where absent. */
  readonly version?: string | undefined;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
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
  getSummary(phoneNumberId: string): Promise<NumberSummary | undefined>;
  /** Makes the number known to the schedules. */
  registerNumber(phoneNumberId: string, at: string): Promise<void>;
  startOperation(operation: Operation): Promise<void>;
  /** Ends the operation and adds what it changed to the size of the list, both or neither, and once however often it is called. */
  settleOperation(operation: Operation, settlement: Settlement): Promise<void>;
}
