import type { OperationKey } from '../changes/operation.ts';
import type { EventPlace } from '../history/audit-event.ts';
import type { Caller } from '../users/asked.ts';
import type { MirrorItem } from '../users/mirror.ts';

/** An item of a person who is erased: without `next` it goes, with it the person goes from the item, or leaves it to another user. */
export interface ErasedUser {
  readonly id: string;
  readonly prior: MirrorItem;
  readonly next?: MirrorItem | undefined;
}

/** The record of an erasure on one number. It does not say who was erased. */
export interface Erasure extends OperationKey, Caller {}

/** What erasing a person needs of the store, beside what reading and changing users does. Every write can be repeated. */
export interface ErasureStore {
  /** Where the separate events of the ids are. An event that is embedded in an item goes with that. */
  listEventPlaces(phoneNumberId: string, users: readonly string[]): Promise<EventPlace[]>;
  eraseEvents(phoneNumberId: string, places: readonly EventPlace[]): Promise<void>;
  /**
   * Erases items, each only over the revision of its `prior`; their embedded events do not move to the history. Gives how many
   * events went with them, and the ids at which another writer was first.
   */
  eraseUsers(
    phoneNumberId: string,
    writes: readonly ErasedUser[],
  ): Promise<{ readonly events: number; readonly lockConflicts: readonly string[] }>;
  /** Takes the ids out of every event that waits to be published. Gives how many events named one. */
  eraseFromEvents(ids: readonly string[]): Promise<number>;
  /** Records that somebody is erased. No schedule looks for it; `completeOperation` ends it. */
  startErasure(erasure: Erasure): Promise<void>;
}
