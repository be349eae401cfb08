import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ProviderName } from '../../../lambdas/contract/providers.ts';
import { LOCAL_DEFAULT } from '../../../local/cloud/local-stack.ts';
import { LOCAL_CREDENTIALS } from '../../../local/cloud/loopback.ts';
import { place } from './place.ts';

/** A token of Meta's, or of the provider named. */
type Entry = string | { readonly token: string; readonly provider?: ProviderName; readonly appSecret?: string };

/** Puts tokens of single numbers into the secret, as an operator does; all other numbers keep the simulator's. */
export async function putTokens(numbers: Readonly<Record<string, Entry>>): Promise<void> {
  const { endpoint, region, secretName } = place.stack;
  const client = new SecretsManagerClient({ endpoint, region, credentials: LOCAL_CREDENTIALS });
  const secret = {
    default: LOCAL_DEFAULT,
    numbers: Object.fromEntries(
      Object.entries(numbers).map(([id, entry]) => [id, typeof entry === 'string' ? { token: entry } : entry]),
    ),
  };
  try {
    await client.send(new PutSecretValueCommand({ SecretId: secretName, SecretString: JSON.stringify(secret) }));
  } finally {
    client.destroy();
  }
}
