import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { inject } from 'vitest';
import { SIMULATOR_TOKEN } from '../../../local/cloud/local-stack.ts';
import { DUMMY_CREDENTIALS } from '../../../local/cloud/loopback.ts';

/** Puts tokens of single numbers into the secret, as an operator does; all other numbers keep the simulator's. */
export async function putTokens(numbers: Readonly<Record<string, string>>): Promise<void> {
  const { endpoint, region, secretName } = inject('stack');
  const client = new SecretsManagerClient({ endpoint, region, credentials: DUMMY_CREDENTIALS });
  const secret = {
    default: { token: SIMULATOR_TOKEN },
    numbers: Object.fromEntries(Object.entries(numbers).map(([id, token]) => [id, { token }])),
  };
  try {
    await client.send(new PutSecretValueCommand({ SecretId: secretName, SecretString: JSON.stringify(secret) }));
  } finally {
    client.destroy();
  }
}
