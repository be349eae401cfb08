import { afterEach, describe, expect, test, vi } from 'vitest';
import { ENV } from '../../../lambdas/contract/environment.ts';
import { forEachBaseUrl } from '../../../lambdas/contract/providers.ts';
import { env, optionalEnv } from '../../../lambdas/runtime/env.ts';

afterEach(() => vi.unstubAllEnvs());

/** Each variable, a value that is taken, what it is read as, and values that are refused. */
const VARIABLES = {
  tableName: ['Blocklist-1', 'Blocklist-1', ['']],
  secretArn: ['arn:aws:secretsmanager:x', 'arn:aws:secretsmanager:x', ['']],
  stateMachineArn: ['arn:aws:states:x', 'arn:aws:states:x', ['']],
  reconciliationArn: ['arn:aws:states:y', 'arn:aws:states:y', ['']],
  graphVersion: ['v25.0', 'v25.0', ['', '25.0', 'v25', 'latest', 'v25.0/']],
  ...forEachBaseUrl(() => ['https://api.example.com/api', 'https://api.example.com/api', ['', 'api']] as const),
  graphTimeoutMs: ['8000', 8000, ['', '0', '-1', '8.5', '8s', '1e3']],
  chunkSize: ['1000', 1000, ['', '0', 'all']],
  listLimit: ['64000', 64000, ['', '0', '64k']],
  auditRetentionDays: ['400', 400, ['', '0', 'forever']],
  jobRetentionDays: ['30', 30, ['', '0', '-30']],
  tombstoneDays: ['30', 30, ['', '0', ' 30']],
  logRetentionDays: ['90', 90, ['', '0', 'ninety']],
  jobDeadlineHours: ['24', 24, ['', '0', '24h']],
  jobIdleMinutes: ['0', 0, ['', '-1', '0.5', '5m']],
  deferDays: ['30', 30, ['', '0', 'a month']],
  trustUnsigned: ['true', true, ['', 'yes', '1']],
  openJobsPerNumber: ['100', 100, ['', '0', 'many']],
  openJobsPerCaller: ['50', 50, ['', '0', '-1']],
  reconciliationsPerHour: ['60', 60, ['', '0', '1.5']],
  tokenWarningDays: ['14', 14, ['', '0', 'a week']],
  jobLanes: ['4', 4, ['', '0', 'many']],
  reasonCodes: ['spam,opt_out', ['spam', 'opt_out'], ['', 'spam,', 'Spam', 'spam, abuse']],
  requireReason: ['code', 'code', ['', 'all', 'true']],
  eventUsers: ['true', true, ['', 'yes', '1']],
  eventBusName: ['Blocklist-prod', 'Blocklist-prod', ['']],
  serviceStage: ['prod', 'prod', ['']],
  callerNumbers: ['{"arn:x":["1"]}', { 'arn:x': ['1'] }, ['', '{', '[]', '{"arn:x":"1"}', '{"arn:x":[1]}']],
  scope: ['write', 'write', ['', 'keys', 'all']],
  keysTableName: ['Keys-1', 'Keys-1', ['']],
  keyPublicUrl: ['https://keys.example.com', 'https://keys.example.com', ['', '/prod']],
  metrics: ['full', 'full', ['', 'all', 'Off']],
  publicUrl: ['https://blocklist.example.com', 'https://blocklist.example.com', ['', '/prod']],
} as const satisfies Record<keyof typeof ENV, readonly [string, string | number | boolean | object, readonly string[]]>;

const NAMES = Object.keys(VARIABLES).filter((name): name is keyof typeof VARIABLES => name in VARIABLES);

describe.each(NAMES)('%s', (name) => {
  const [text, value, refused] = VARIABLES[name];
  const message = `The environment variable ${ENV[name]} is missing or malformed`;

  test('is read', () => {
    vi.stubEnv(ENV[name], text);
    expect(env(name)).toEqual(value);
    expect(optionalEnv(name)).toEqual(value);
  });

  test('is named in the error if it is missing', () => {
    vi.stubEnv(ENV[name], undefined);
    expect(() => env(name)).toThrow(message);
  });

  test('is named in the error if it is malformed', () => {
    for (const malformed of refused) {
      vi.stubEnv(ENV[name], malformed);
      expect(() => env(name)).toThrow(message);
      expect(() => optionalEnv(name)).toThrow(message);
    }
  });

  test('may be left out if it is optional', () => {
    vi.stubEnv(ENV[name], undefined);
    expect(optionalEnv(name)).toBeUndefined();
  });
});
