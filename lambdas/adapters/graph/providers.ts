import type { ProviderName } from '../../core/ports.ts';

/** A Graph-shaped provider is data: one client and one tolerant parser serve all of them. */
export interface Provider {
  readonly name: ProviderName;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

/** Users that each provider takes in one request. Sources: Meta's Block Users guide; Splashify Pro's documentation. */
export const BATCH_LIMITS: Readonly<Record<ProviderName, number>> = { meta: 1_000, splashify: 500 };
