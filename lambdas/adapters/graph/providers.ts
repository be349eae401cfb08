import type { ProviderName } from '../../core/ports/services.ts';

/** A provider with Graph's format is data. One client and one tolerant parser serve all of them. */
export interface Provider {
  readonly name: ProviderName;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

/** The differences between providers. */
export interface Dialect {
  /** Users that it accepts in one request. */
  readonly batchLimit: number;
  /** Whether it refuses a whole request because of one number that it does not accept. Otherwise only that user fails. */
  readonly refusesWholeForOne: boolean;
  /** Whether it supports business-scoped user ids. */
  readonly takesBsuids: boolean;
  /** Whether it says if a token works and when it expires (`debug_token`). */
  readonly inspectsTokens: boolean;
}

/**
 * Sources: Meta's Block Users guide; Splashify Pro's documentation, which has phone numbers only, and `(#100) Invalid phone
 * number`.
 */
export const DIALECTS: Readonly<Record<ProviderName, Dialect>> = {
  meta: { batchLimit: 1_000, refusesWholeForOne: false, takesBsuids: true, inspectsTokens: true },
  splashify: { batchLimit: 500, refusesWholeForOne: true, takesBsuids: false, inspectsTokens: false },
};
