import { PROVIDERS, type ProviderName } from '../lambdas/contract/providers.ts';

/** The address of a local server that replaces a provider. It has the path of the provider's own address (`/api`). */
export function providerAddress(server: string, provider: ProviderName): string {
  return server + new URL(PROVIDERS[provider].baseUrl).pathname.replace(/\/$/, '');
}
