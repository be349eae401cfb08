import { afterEach, describe, expect, test, vi } from 'vitest';
import { ENV } from '../../../lambdas/contract/environment.ts';
import { baseUrlName, PROVIDER_NAMES } from '../../../lambdas/contract/providers.ts';
import { setTokenCommand } from '../../../lambdas/contract/token-secret.ts';
import type { StartOptionsInput } from '../../../local/graph-simulator/options.ts';
import { providerAddress } from '../../../local/provider-address.ts';
import { cannedAws } from '../../support/canned-aws.ts';
import { start } from '../graph-simulator/harness.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:WhatsAppToken-AbCdEf';
const NUMBER = '106540352242922';
const OTHER = '106540352242923';
const DAY = 24 * 60 * 60 * 1000;
/** Graph counts in seconds. */
const NOW = Math.floor(Date.now() / 1_000) * 1_000;
const inDays = (days: number) => new Date(NOW + days * DAY).toISOString();

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The handler in a new container, over a secret and a Graph; `log` is all that it writes. */
async function container(options: StartOptionsInput, secret: unknown, timeoutMs = 5_000) {
  const simulator = await start(options, { now: Date.now });
  const SecretString = typeof secret === 'string' ? secret : JSON.stringify(secret);
  const aws = await cannedAws(() => ({ body: { ARN, SecretString } }));
  const variables = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.options.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: aws.options.endpoint,
    [ENV.tableName]: 'Blocklist',
    [ENV.secretArn]: ARN,
    [ENV.graphVersion]: 'v25.0',
    ...Object.fromEntries(PROVIDER_NAMES.map((name) => [ENV[baseUrlName(name)], providerAddress(simulator.url, name)])),
    [ENV.graphTimeoutMs]: String(timeoutMs),
    [ENV.tokenWarningDays]: '14',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const log: string[] = [];
  const keep = (text: unknown) => log.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  vi.resetModules();
  const { handler } = await import('../../../lambdas/handlers/check-tokens.ts');
  const result = await handler({}).then(
    (report) => ({ report, error: undefined }),
    (error: unknown) => ({ report: undefined, error }),
  );
  // Each call to Graph has a line of its own.
  const lines = log.map((line) => JSON.parse(line)).filter(({ message }) => message !== 'graph call');
  return { ...result, log, lines, simulator };
}

describe('the daily check', () => {
  test('logs one line with the earliest expiry if all tokens work', async () => {
    const { report, log, lines, simulator } = await container(
      { tokens: [{ token: 'EAAdefault', expiresAt: NOW + 60 * DAY }, 'EAAother', 'pk_live_third'] },
      {
        default: { token: 'EAAdefault' },
        numbers: { [NUMBER]: { token: 'EAAother' }, [OTHER]: { token: 'pk_live_third', provider: 'splashify' } },
      },
    );
    const found = {
      tokens: [
        { token: 'The default token', state: 'works', endsAt: inDays(60) },
        { token: `The token of phone number id ${NUMBER}`, state: 'works' },
        { token: `The token of phone number id ${OTHER}`, state: 'works' },
      ],
      soonestEnd: inDays(60),
    };
    expect(report).toEqual(found);
    expect(lines).toEqual([expect.objectContaining({ level: 'INFO', task: 'check-tokens', result: found })]);
    expect(log.join()).not.toMatch(/EAA|pk_live/);
    // In any order, since the tokens are checked in parallel. Splashify is asked for a list.
    expect(
      simulator.control
        .calls()
        .map(({ phoneNumberId }) => phoneNumberId)
        .sort(),
    ).toEqual([OTHER, 'none', 'none']);
  });

  test('fails once, by a name for the alarm, and says which tokens need attention and why, without a token', async () => {
    const { error, log, lines } = await container(
      { tokens: [{ token: 'EAAdefault', expiresAt: NOW + 7 * DAY }], invalidTokenSubcode: 463 },
      {
        default: { token: 'EAAdefault' },
        numbers: { [NUMBER]: { token: 'EAAgone' }, [OTHER]: { token: 'pk_live_gone', provider: 'splashify' } },
      },
    );
    const reason = 'Graph refuses the token (code 190, subcode 463)';
    const message = [
      'Access tokens that need attention: 3 of 3.',
      `The default token ends at ${inDays(7)}.`,
      `The token of phone number id ${NUMBER} does not work: ${reason}.`,
      `The token of phone number id ${OTHER} does not work: ${reason}.`,
    ].join(' ');
    expect(error).toMatchObject({ name: 'TokenProblemError', message });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        task: 'check-tokens',
        error_name: 'TokenProblemError',
        error_message: message,
      }),
    ]);
    const seen = `${log.join()} ${String(error)} ${error instanceof Error ? error.stack : ''}`;
    expect(seen).not.toMatch(/EAA|pk_live/);
  });

  test('says how to put a token in if the secret was emptied', async () => {
    const { error, lines, simulator } = await container({}, '{}');
    const message = `No access token yet. The team that runs this service has to put one into its token secret; its README says how. The command: ${setTokenCommand(ARN, 'eu-central-1')}`;
    expect(error).toMatchObject({ name: 'TokenProblemError', message });
    // As it is: a command that the log masks could not be used.
    expect(lines).toEqual([expect.objectContaining({ error_message: message })]);
    expect(simulator.control.calls()).toEqual([]);
  });

  test('asks again if Graph fails temporarily or answers late', async () => {
    // Jitter that leaves next to nothing of the pauses.
    vi.spyOn(Math, 'random').mockReturnValue(-0.499);
    const faults: StartOptionsInput['faults'] = [
      { nth: 1, fault: { kind: 'html' } },
      { nth: 2, fault: { kind: 'hang' } },
    ];
    const { report, simulator } = await container({ faults }, 'EAA-local-simulator-token', 100);
    expect(report).toMatchObject({ tokens: [{ state: 'works' }] });
    expect(simulator.control.calls()).toHaveLength(3);
  });
});
