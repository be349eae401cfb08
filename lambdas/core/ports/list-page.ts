import type { ListFilter } from '../users/list-filter.ts';
import type { MirrorUser } from '../users/mirror.ts';

/** A place in the mirror's order: the item after (or before) which a page begins. */
export interface ListPosition {
  readonly shard: number;
  readonly user: string;
}

export interface ListPage {
  readonly users: readonly (MirrorUser & { readonly shard: number })[];
  /** Whether there is more in the direction of reading. */
  readonly more: boolean;
  /** Of a page with a filter that is not full: where reading stopped, perhaps at the end of the list. */
  readonly end?: ListPosition | undefined;
}

/** A page of the blocked users that the filter lets through, from a place on; the first one without a place. */
export interface ListQuery {
  readonly limit: number;
  readonly from?: ListPosition | undefined;
  readonly backward?: boolean | undefined;
  readonly filter?: ListFilter | undefined;
}
