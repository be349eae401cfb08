import type { ProviderName } from '../../core/ports/services.ts';

/** A Graph-shaped provider is data: one client and one tolerant parser serve all of them. */
export interface Provider {
  readonly name: ProviderName;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

/** What providers do differently. */
export interface Dialect {
  /** Users that it takes in one request. */
  readonly batchLimit: number;
  /** Whether it refuses a whole request for one number that it takes for none; otherwise that user alone fails. */
  readonly refusesWholeForOne: boolean;
  /** Whether it knows business-scoped user ids. */
  readonly takesBsuids: boolean;
  /** Whether it says if a token works and when it ends (`debug_token`). */
  readonly inspectsTokens: boolean;
}

/** Sources: Meta's Block Users guide; Splashify Pro's documentation, which knows phone numbers only and `(#100) Invalid phone number`. */
export const DIALECTS: Readonly<Record<ProviderName, Dialect>> = {
  meta: { batchLimit: 1_000, refusesWholeForOne: false, takesBsuids: true, inspectsTokens: true },
  splashify: { batchLimit: 500, refusesWholeForOne: true, takesBsuids: false, inspectsTokens: false },
};
