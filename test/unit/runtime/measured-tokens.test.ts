import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, expect, test, vi } from 'vitest';
import { ENV } from '../../../lambdas/contract/environment.ts';
import { endMetrics } from '../../../lambdas/runtime/logger.ts';
import { MeasuredTokens } from '../../../lambdas/runtime/measured-tokens.ts';

const NUMBER = '106540352242922';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What is measured when Graph refuses a token, and the secret then holds `now`. */
async function measuredWhenRefused(now: string): Promise<Record<string, unknown>> {
  vi.stubEnv(ENV.serviceStage, 'prod');
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  let held = 'EAAold';
  vi.spyOn(client, 'send').mockImplementation(async (command: unknown) => {
    expect(command).toBeInstanceOf(GetSecretValueCommand);
    return { SecretString: held };
  });
  const tokens = new MeasuredTokens(client, 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:tokens');
  const refused = await tokens.credentials(NUMBER);
  held = now;
  await tokens.renewed(NUMBER, refused);
  return endMetrics();
}

test('a token that Graph refuses has no days left', async () => {
  expect(await measuredWhenRefused('EAAold')).toMatchObject({ TokenDaysLeft: 0 });
});

test('one that was replaced a moment ago says nothing', async () => {
  expect(await measuredWhenRefused('EAAnew')).toEqual({});
});
