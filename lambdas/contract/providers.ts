interface Provider {
  /** Without a slash at the end. The setting `graph.<name>BaseUrl` overrides it. */
  readonly baseUrl: string;
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
 * Every provider by its name in the token secret. One client and one tolerant parser serve all of them: its setting, its
 * environment variable, its name in the secret and what the client does differently follow from its record.
 * Sources: Meta's Block Users guide; Splashify Pro's documentation, which has phone numbers only, and `(#100) Invalid phone number`.
 */
export const PROVIDERS = {
  meta: {
    baseUrl: 'https://graph.facebook.com',
    batchLimit: 1_000,
    refusesWholeForOne: false,
    takesBsuids: true,
    inspectsTokens: true,
  },
  splashify: {
    baseUrl: 'https://api.splashifypro.com/api',
    batchLimit: 500,
    refusesWholeForOne: true,
    takesBsuids: false,
    inspectsTokens: false,
  },
} as const satisfies Readonly<Record<string, Provider>>;

export type ProviderName = keyof typeof PROVIDERS;
export const PROVIDER_NAMES = Object.keys(PROVIDERS).filter((name): name is ProviderName => name in PROVIDERS);

/** The setting that has a provider's address. */
export type BaseUrlName = `${ProviderName}BaseUrl`;
export const baseUrlName = <Name extends ProviderName>(name: Name): `${Name}BaseUrl` => `${name}BaseUrl`;

/** Something of each provider, by its name. */
export function forEachProvider<T>(of: (name: ProviderName) => T): Readonly<Record<ProviderName, T>> {
  return Object.fromEntries(PROVIDER_NAMES.map((name) => [name, of(name)])) as Record<ProviderName, T>;
}

/** Something of each provider, by the name of the setting of its address. */
export function forEachBaseUrl<T>(of: (name: ProviderName) => T): Readonly<Record<BaseUrlName, T>> {
  return Object.fromEntries(PROVIDER_NAMES.map((name) => [baseUrlName(name), of(name)])) as Record<BaseUrlName, T>;
}
