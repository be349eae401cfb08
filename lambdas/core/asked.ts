import type { Requester } from './blocklist/mirror.ts';

/** Who asked for something, for whom, and when. */
export interface Asked extends Pick<Requester, 'actor' | 'onBehalfOf'> {
  /** ISO 8601. */
  readonly at: string;
}
