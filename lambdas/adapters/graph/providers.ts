import type { ProviderName } from '../../core/ports/services.ts';

/** A Graph-shaped provider is data: one client and one tolerant parser serve all of them. */
export interface Provider {
  readonly name: ProviderName;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

/** Which providers tell of a token whether it works and when it ends (`debug_token`). Splashify documents nothing like it. */
export const INSPECTS_TOKENS: Readonly<Record<ProviderName, boolean>> = { meta: true, splashify: false };

/** Users that each provider takes in one request. Sources: Meta's Block Users guide; Splashify Pro's documentation. */
export const BATCH_LIMITS: Readonly<Record<ProviderName, number>> = { meta: 1_000, splashify: 500 };

/**
 * Which providers refuse a whole request for one number that they take for none. Meta gives that user a failure; Splashify
 * documents `(#100) Invalid phone number` for the request.
 */
export const REFUSES_WHOLE_FOR_ONE: Readonly<Record<ProviderName, boolean>> = { meta: false, splashify: true };

/** Which providers know business-scoped user ids. Splashify documents phone numbers only. */
export const TAKES_BSUIDS: Readonly<Record<ProviderName, boolean>> = { meta: true, splashify: false };
