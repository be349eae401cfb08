import { PROVIDERS, type ProviderName } from '../lambdas/contract/providers.ts';

/** Where a Graph-shaped server of this machine stands for a provider: at the path of the provider's own address (`/api`). */
export function providerAddress(server: string, provider: ProviderName): string {
  return server + new URL(PROVIDERS[provider].baseUrl).pathname.replace(/\/$/, '');
}
