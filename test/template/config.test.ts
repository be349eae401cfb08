import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import project from '../../cdk.json' with { type: 'json' };
import { FUNCTIONS, type FunctionSpec } from '../../lambdas/contract/functions.ts';
import { API_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract/timeouts.ts';
import { type BlocklistConfig, ConfigError, parseConfig } from '../../lib/config.ts';
import { readConfig } from '../../lib/read-config.ts';

const read = ({ stage = 'dev', ...settings }: { stage?: string; [name: string]: unknown }) =>
  parseConfig(stage, [{ from: '', settings }], 'eu-west-1');

function problemsOf(configure: () => BlocklistConfig): readonly string[] {
  try {
    configure();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const directory = mkdtempSync(join(tmpdir(), 'blocklist-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A folder with these files, by their stages, as JSON unless they are texts. */
function withFiles(files: Readonly<Record<string, unknown>>) {
  const folder = mkdtempSync(join(directory, 'files-'));
  for (const [stage, settings] of Object.entries(files)) {
    writeFileSync(join(folder, `${stage}.json`), typeof settings === 'string' ? settings : JSON.stringify(settings));
  }
  return (context: Record<string, unknown> = {}, region: string | undefined = 'eu-west-1') =>
    readConfig({ directory: folder, context, region });
}

describe('defaults', () => {
  it('are those of the documentation', () => {
    expect(read({})).toEqual({
      stage: 'dev',
      graph: {
        version: 'v25.0',
        metaBaseUrl: 'https://graph.facebook.com',
        splashifyBaseUrl: 'https://api.splashifypro.com/api',
        timeoutSeconds: 20,
      },
      chunkSize: 1000,
      jobs: {
        concurrency: 4,
        deadlineHours: 6,
        retentionDays: 90,
        idleMinutes: 15,
        openPerNumber: 100,
        openPerCaller: 50,
      },
      reconcile: { concurrency: 2, requestsPerHour: 60 },
      schedules: { reconcile: 60, expire: 5, deferred: 60, sweep: 15, tokenCheck: 24 * 60 },
      tokenWarningDays: 14,
      reservedConcurrency: { accountLimit: 1000 },
      throttle: { requestsPerSecond: 500, burst: 1000 },
      auditRetentionDays: 730,
      tombstoneDays: 30,
      deferDays: 30,
      webhooks: { trustUnsigned: false },
      events: { users: false },
      reasonCodes: ['spam', 'abuse', 'fraud', 'harassment', 'opt_out', 'test', 'other'],
      requireReason: 'none',
      runbookUrl: 'docs/runbook.md',
      listLimit: 64_000,
      metrics: 'essential',
      logRetentionDays: 90,
      endpoint: { type: 'regional' },
      callers: ['iam'],
      apiKey: { cacheSeconds: 60, throttle: { requestsPerSecond: 100, burst: 200 } },
      callerAccounts: [],
      customerManagedKey: false,
      apiGatewayAccountRole: true,
      removalPolicy: 'retain',
    });
  });

  it('keep nothing of the local stage', () => {
    expect(read({ stage: 'local' }).removalPolicy).toBe('destroy');
    expect(read({ stage: 'local', removalPolicy: 'retain' }).removalPolicy).toBe('retain');
  });

  it('are what a deploy without a stage, a file or a flag takes', () => {
    expect(withFiles({})(project.context)).toEqual(read({ stage: 'dev' }));
  });

  it('leave a call to Graph room in a function behind the API', () => {
    expect(read({}).graph.timeoutSeconds).toBeLessThan(API_FUNCTION_TIMEOUT_SECONDS);
  });
});

describe('the stage', () => {
  it('takes its own file, and no other', () => {
    const readFrom = withFiles({ prod: { chunkSize: 500, jobs: { concurrency: 2 } }, dev: { chunkSize: 100 } });
    expect(readFrom({ stage: 'prod' })).toEqual(read({ stage: 'prod', chunkSize: 500, jobs: { concurrency: 2 } }));
    expect(readFrom()).toEqual(read({ stage: 'dev', chunkSize: 100 }));
  });

  it('may take every default, if its file says so', () => {
    expect(withFiles({ prod: {} })({ stage: 'prod' })).toEqual(read({ stage: 'prod' }));
  });

  it.each(['prod', 'staging', 'dev-2'])('%s is refused without a file, even with flags', (stage) => {
    expect(problemsOf(() => withFiles({ dev: {} })({ stage }))).toEqual([
      `config/${stage}.json: there is no such file. Write the settings of the stage into it ({} takes every default), or name another stage with -c stage=<stage>`,
    ]);
  });

  it.each(['dev', 'local'])('%s needs no file', (stage) => {
    expect(withFiles({})({ stage })).toEqual(read({ stage }));
  });

  it.each(['Prod', 'a-stage-with-too-many-letters', '', '../prod', '1', 7, { dev: 1 }])('%j is no name', (stage) => {
    const problems = problemsOf(() => withFiles({ prod: {} })({ stage }));
    expect(problems).toEqual([expect.stringMatching(/^-c stage: must be /)]);
  });

  it.each<[text: string, problem: RegExp]>([
    ['{"chunkSize": 500,}', /^config\/prod\.json: is not valid JSON: /],
    ['', /^config\/prod\.json: is not valid JSON: /],
    ['[]', /^config\/prod\.json: must be an object of settings$/],
    ['7', /^config\/prod\.json: must be an object of settings$/],
    ['null', /^config\/prod\.json: must be an object of settings$/],
  ])('is refused with a file that holds %j', (text, problem) => {
    expect(problemsOf(() => withFiles({ prod: text })({ stage: 'prod' }))).toEqual([expect.stringMatching(problem)]);
  });

  it('is refused with a file that cannot be read', () => {
    const folder = mkdtempSync(join(directory, 'files-'));
    mkdirSync(join(folder, 'prod.json'));
    expect(problemsOf(() => readConfig({ directory: folder, context: { stage: 'prod' } }))).toEqual([
      expect.stringMatching(/^config\/prod\.json: cannot be read: EISDIR/),
    ]);
  });

  it('is named by no file', () => {
    expect(problemsOf(() => withFiles({ prod: { stage: 'dev' } })({ stage: 'prod' }))).toEqual([
      'config/prod.json: stage: there is no such setting; name the stage with -c stage=…',
    ]);
  });
});

describe('a flag for a setting', () => {
  const flag = (name: string, value: unknown, stage = 'dev') =>
    withFiles({ [stage]: {} })({ stage, [`blocklist.${name}`]: value });

  it('is refused if only the file counts, and names the file', () => {
    const context = { stage: 'prod', 'blocklist.endpoint.type': 'regional', 'blocklist.chunkSize': '500' };
    expect(problemsOf(() => withFiles({ prod: {} })(context))).toEqual([
      '-c blocklist.endpoint.type: on this stage settings come from config/prod.json alone; -c is for experiments on dev',
      '-c blocklist.chunkSize: on this stage settings come from config/prod.json alone; -c is for experiments on dev',
    ]);
  });

  it.each<[context: Record<string, unknown>]>([
    [{ blocklist: '{"stage":"prod"}' }],
    [{ blocklist: { stage: 'prod' }, stage: 'prod' }],
    [{ blocklist: '' }],
  ])('is refused as a whole: %j', (context) => {
    expect(problemsOf(() => withFiles({ prod: {} })(context))).toEqual([
      'blocklist (in cdk.json or with -c): settings are in config/<stage>.json; the stage is named with -c stage=…',
    ]);
  });

  it('names no stage', () => {
    expect(problemsOf(() => flag('stage', 'prod'))).toEqual([
      '-c blocklist.stage: there is no such setting; name the stage with -c stage=…',
    ]);
  });

  it.each(['dev', 'local'])('overrides the file of %s', (stage) => {
    const readFrom = withFiles({ [stage]: { chunkSize: 500, jobs: { concurrency: 2, retentionDays: 30 } } });
    const config = readFrom({ stage, 'blocklist.jobs.retentionDays': '7', 'blocklist.graph.version': 'v26.0' });
    expect(config).toEqual(
      read({ stage, chunkSize: 500, jobs: { concurrency: 2, retentionDays: 7 }, graph: { version: 'v26.0' } }),
    );
  });

  it('takes numbers, booleans, lists and objects from its text', () => {
    const config = withFiles({})({
      'blocklist.chunkSize': '250',
      'blocklist.customerManagedKey': 'true',
      'blocklist.reservedConcurrency.worker': '3',
      'blocklist.endpoint': '{"type":"private","vpcEndpointIds":["vpce-0123456789abcdef0"]}',
      'blocklist.endpoint.vpcEndpointIds': '["vpce-00000000000000000"]',
    });
    expect(config).toMatchObject({ chunkSize: 250, customerManagedKey: true, reservedConcurrency: { worker: 3 } });
    expect(config.endpoint).toEqual({ type: 'private', vpcEndpointIds: ['vpce-00000000000000000'] });
  });

  it('sets how often a schedule runs', () => {
    expect(flag('schedules.sweep', '5 minutes').schedules).toMatchObject({ reconcile: 60, sweep: 5 });
  });
});

describe('a topic for alarms', () => {
  const alarmTopicArn = 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:Team_alarms-1';
  const prod = withFiles({ prod: { alarmTopicArn } });

  it('may be of any partition and account', () => {
    const both = { page: alarmTopicArn, ticket: alarmTopicArn };
    expect(prod({ stage: 'prod' }, 'us-gov-west-1').alarmTopicArn).toEqual(both);
  });

  it('must be of the region of the stack, as soon as that is known', () => {
    expect(problemsOf(() => prod({ stage: 'prod' }, 'us-gov-east-1'))).toEqual([
      'config/prod.json: alarmTopicArn: must be a topic of us-gov-east-1, where the stack is: an alarm tells topics of its own region only',
    ]);
    expect(parseConfig('prod', [{ from: '', settings: { alarmTopicArn } }]).alarmTopicArn?.page).toBe(alarmTopicArn);
  });

  it('may be for alarms that wake somebody only, and so may an address', () => {
    const settings = { alarmTopicArn: { page: alarmTopicArn }, alarmEmail: { ticket: 'team@example.com' } };
    const config = parseConfig('prod', [{ from: '', settings }], 'us-gov-west-1');
    expect(config).toMatchObject(settings);
  });
});

it('a key of the stack needs a region', () => {
  const layers = [{ from: 'config/prod.json: ', settings: { customerManagedKey: true } }] as const;
  expect(problemsOf(() => parseConfig('prod', layers))).toEqual([
    expect.stringMatching(/^config\/prod\.json: customerManagedKey: the region must be known/),
  ]);
  expect(parseConfig('prod', layers, 'eu-west-1').customerManagedKey).toBe(true);
});

describe('reserved concurrency', () => {
  /** Functions behind the API for which the setting reserves. */
  const API = Object.values(FUNCTIONS).filter((one: FunctionSpec) => one.caller === 'api' && !one.keys).length;
  const most = Math.floor(900 / API);
  it.each<[reservedConcurrency: object, problem: string]>([
    [
      { api: most + 1 },
      `api: ${API} functions behind the API with ${most + 1} each and the worker with 0 reserve ${API * (most + 1)} in all; of the account's 1000 (reservedConcurrency.accountLimit) Lambda keeps 100 for all others`,
    ],
    [
      { api: 1, worker: 901 - API },
      `worker: ${API} functions behind the API with 1 each and the worker with ${901 - API} reserve 901 in all; of the account's 1000 (reservedConcurrency.accountLimit) Lambda keeps 100 for all others`,
    ],
    [
      { worker: 1, accountLimit: 10 },
      `worker: ${API} functions behind the API with 0 each and the worker with 1 reserve 1 in all; of the account's 10 (reservedConcurrency.accountLimit) Lambda keeps 100 for all others`,
    ],
  ])('%j is more than the account can reserve', (reservedConcurrency, problem) => {
    expect(problemsOf(() => read({ reservedConcurrency }))).toEqual([`reservedConcurrency.${problem}`]);
  });

  it.each([
    { api: most, worker: 900 - API * most || undefined },
    { worker: 900 },
    { accountLimit: 10 },
    { api: 100, accountLimit: 100 * API + 100 },
  ])('%j is not', (reservedConcurrency) => {
    expect(read({ reservedConcurrency }).reservedConcurrency).toMatchObject(
      Object.fromEntries(Object.entries(reservedConcurrency).filter(([, value]) => value !== undefined)),
    );
  });
});

describe('callers of some numbers only', () => {
  const role = 'arn:aws:iam::111122223333:role/team/support';
  it.each<[callerNumbers: unknown, problem: RegExp]>([
    [['106540352242922'], /^callerNumbers: Invalid input/],
    [{ support: ['106540352242922'] }, /^callerNumbers\.support: must be the ARN of a role or user, like arn:/],
    [{ 'arn:aws:iam::111122223333:root': ['1'] }, /^callerNumbers\.arn:aws:iam::111122223333:root: must be the ARN/],
    [{ 'arn:aws:sts::111122223333:assumed-role/support/jo': ['1'] }, /: must be the ARN of a role or user/],
    [{ 'arn:aws:iam::111122223333:role/*': ['1'] }, /: must be the ARN of a role or user/],
    [{ [role]: [] }, /^callerNumbers\.arn:aws:iam::111122223333:role\/team\/support: Too small/],
    [{ [role]: ['+15550783881'] }, /support\.0: must be a phone number id: digits, in quotes$/],
    [{ [role]: [106540352242922] }, /support\.0: Invalid input/],
    [{ [role]: ['1'], 'arn:aws:iam::111122223333:role/Support': ['2'] }, /Support: names a role or user that another/],
    [
      { [role]: Array.from({ length: 110 }, (_, id) => String(id + 106540352242922)) },
      /^callerNumbers: is 2029 characters long as JSON; the functions take at most 2000$/,
    ],
  ])('%j is refused', (callerNumbers, problem) => {
    expect(problemsOf(() => read({ callerNumbers }))).toEqual([expect.stringMatching(problem)]);
  });

  it('fit into the variables of a function together with the reason codes, or are refused', () => {
    const callerNumbers = { [role]: Array.from({ length: 100 }, (_, id) => String(id + 106540352242922)) };
    const reasonCodes = Array.from({ length: 50 }, (_, index) => `code_${index}_${'x'.repeat(15)}`);
    expect(read({ reasonCodes }).reasonCodes).toEqual(reasonCodes);
    expect(read({ callerNumbers }).callerNumbers).toEqual(callerNumbers);
    expect(problemsOf(() => read({ callerNumbers, reasonCodes }))).toEqual([
      'reasonCodes: are too long together with callerNumbers: the functions take 3000 characters of both',
    ]);
  });

  it('are roles and users, of any account', () => {
    const callerNumbers = { [role]: ['1', '2'], 'arn:aws-cn:iam::444455556666:user/jo@example.com': ['3'] };
    expect(read({ callerNumbers }).callerNumbers).toEqual(callerNumbers);
  });
});

describe('callers with keys', () => {
  it('are there beside those that sign, with settings of their own', () => {
    const { callers, apiKey } = read({
      callers: ['iam', 'apiKey'],
      apiKey: { cacheSeconds: 0, throttle: { burst: 10 } },
    });
    expect(callers).toEqual(['iam', 'apiKey']);
    expect(apiKey).toEqual({ cacheSeconds: 0, throttle: { requestsPerSecond: 100, burst: 10 } });
    expect(read({ apiKey: { publicUrl: 'https://keys.example.com/' } }).apiKey.publicUrl).toBe(
      'https://keys.example.com',
    );
  });

  it.each<[settings: object, problem: string]>([
    [{ callers: ['apiKey'] }, 'callers: must have "iam": keys are made by callers that sign'],
    [{ callers: [] }, 'callers: must have "iam": keys are made by callers that sign'],
    [{ callers: 'iam' }, 'callers: must be ["iam"] or ["iam", "apiKey"]'],
    [{ callers: ['iam', 'apikey'] }, 'callers.1: must be iam or apiKey'],
    [{ callers: ['iam', 'iam'] }, 'callers: names a kind twice'],
    [{ apiKey: { cacheSeconds: 301 } }, 'apiKey.cacheSeconds: Too big: expected number to be <=300'],
    [{ apiKey: { cacheSeconds: -1 } }, 'apiKey.cacheSeconds: Too small: expected number to be >=0'],
    [
      { apiKey: { publicUrl: 'http://keys.example.com' } },
      'apiKey.publicUrl: must be https, without user, query or fragment',
    ],
    [{ apiKey: { cache: 1 } }, 'apiKey.cache: there is no such setting'],
  ])('%j is refused', (settings, problem) => {
    expect(problemsOf(() => read({ ...settings }))).toEqual([problem]);
  });
});

describe('the interval of a schedule', () => {
  const minutesOf = (sweep: string) => read({ schedules: { sweep } }).schedules.sweep;

  it.each<[text: string, minutes: number | 'off']>([
    ['1 minute', 1],
    ['1 minutes', 1],
    ['15 minutes', 15],
    ['90 minute', 90],
    ['1 hour', 60],
    ['2  hours', 120],
    [' 1 day ', 1440],
    ['365 days', 365 * 1440],
    ['off', 'off'],
  ])('%j', (text, expected) => {
    expect(minutesOf(text)).toBe(expected);
  });

  it.each([
    ['0 minutes', 'must be at least 1 minute and at most 365 days'],
    ['366 days', 'must be at least 1 minute and at most 365 days'],
    ...[
      '',
      '15',
      'minutes',
      '1.5 hours',
      '-1 hour',
      '30 seconds',
      'rate(1 hour)',
      '1 hour 5 minutes',
      'Off',
      15,
      false,
    ].map((wrong) => [
      wrong,
      'must be "off", or a number of minutes, hours or days like "15 minutes", "1 hour" or "1 day"',
    ]),
  ])('is refused as %j', (wrong, message) => {
    expect(problemsOf(() => read({ schedules: { sweep: wrong } }))).toEqual([`schedules.sweep: ${message}`]);
  });
});

describe('a job', () => {
  it.each([
    [7, 168],
    [1, 21],
    [1, 24],
  ])('must not expire after %i days if it may run for %i hours and 3 more', (retentionDays, deadlineHours) => {
    expect(problemsOf(() => read({ jobs: { retentionDays, deadlineHours } }))).toEqual([
      expect.stringMatching(/^jobs\.retentionDays: must outlast jobs\.deadlineHours/),
    ]);
  });

  it.each([
    [8, 168],
    [1, 20],
  ])('may expire after %i days if it runs for %i hours and 3 more at most', (retentionDays, deadlineHours) => {
    expect(read({ jobs: { retentionDays, deadlineHours } }).jobs).toMatchObject({ retentionDays, deadlineHours });
  });
});

describe('a refused value is named by its path', () => {
  const vpce = 'vpce-0123456789abcdef0';
  it.each<[path: string, configuration: Record<string, unknown>]>([
    ['graph', { graph: 'v25.0' }],
    ['graph.version', { graph: { version: '25.0' } }],
    ['graph.metaBaseUrl', { graph: { metaBaseUrl: 'graph.facebook.com' } }],
    ['graph.metaBaseUrl', { graph: { metaBaseUrl: 'http://graph.facebook.com' } }],
    ['graph.metaBaseUrl', { graph: { metaBaseUrl: 'http://127.0.0.1:4010' } }],
    ['graph.metaBaseUrl', { stage: 'local', graph: { metaBaseUrl: 'http://graph.facebook.com' } }],
    ['graph.metaBaseUrl', { stage: 'local', graph: { metaBaseUrl: 'http://127.0.0.1.example.com' } }],
    ['graph.metaBaseUrl', { graph: { metaBaseUrl: 'https://user:secret@graph.facebook.com' } }],
    ['graph.splashifyBaseUrl', { graph: { splashifyBaseUrl: 'https://api.splashifypro.com/api?key=1' } }],
    ['graph.timeoutSeconds', { graph: { timeoutSeconds: 0 } }],
    ['graph.timeoutSeconds', { graph: { timeoutSeconds: 25 } }],
    ['graph.timeoutSeconds', { graph: { timeoutSeconds: '20' } }],
    ['graph.apiKey', { graph: { apiKey: 'x' } }],
    ['chunkSize', { chunkSize: 0 }],
    ['chunkSize', { chunkSize: 1001 }],
    ['chunkSize', { chunkSize: 10.5 }],
    ['jobs.concurrency', { jobs: { concurrency: 0 } }],
    ['jobs.deadlineHours', { jobs: { deadlineHours: 169 } }],
    ['jobs.retentionDays', { jobs: { retentionDays: 0 } }],
    ['jobs.idleMinutes', { jobs: { idleMinutes: -1 } }],
    ['jobs.idleMinutes', { jobs: { idleMinutes: 1441 } }],
    ['reconcile.concurrency', { reconcile: { concurrency: 0 } }],
    ['reconcile.concurrency', { reconcile: { concurrency: 101 } }],
    ['reconcile', { reconcile: '1 hour' }],
    ['schedules.reconcile', { schedules: { reconcile: '1 week' } }],
    ['schedules.tokenCheck', { schedules: { tokenCheck: null } }],
    ['schedules.expire', { schedules: { expire: '30 seconds' } }],
    ['schedules.deferred', { schedules: { deferred: 60 } }],
    ['schedules.expiry', { schedules: { expiry: '5 minutes' } }],
    ['tokenWarningDays', { tokenWarningDays: 0 }],
    ['tokenWarningDays', { tokenWarningDays: 91 }],
    ['alarmTopicArn', { alarmTopicArn: 'alarms' }],
    ['alarmTopicArn', { alarmTopicArn: 'arn:aws:sqs:eu-west-1:111122223333:alarms' }],
    ['alarmTopicArn', { alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms.fifo' }],
    ['alarmTopicArn', { alarmTopicArn: {} }],
    ['alarmTopicArn.page', { alarmTopicArn: { page: 'alarms' } }],
    ['alarmEmail.pager', { alarmEmail: { page: 'a@example.com', pager: 'b@example.com' } }],
    ['alarmEmail', { alarmEmail: 'on call' }],
    ['alarmEmail', { alarmEmail: 5 }],
    ['alarmEmail.ticket', { alarmEmail: { ticket: '@example.com' } }],
    ['runbookUrl', { runbookUrl: 'docs/runbook.md' }],
    ['runbookUrl', { runbookUrl: 'http://wiki.example.com' }],
    ['reservedConcurrency.api', { reservedConcurrency: { api: 0 } }],
    ['reservedConcurrency.jobs', { reservedConcurrency: { jobs: 1 } }],
    ['throttle.requestsPerSecond', { throttle: { requestsPerSecond: 0 } }],
    ['throttle.burst', { throttle: { burst: 5001 } }],
    ['auditRetentionDays', { auditRetentionDays: 0 }],
    ['tombstoneDays', { tombstoneDays: 366 }],
    ['deferDays', { deferDays: 0 }],
    ['deferDays', { deferDays: 366 }],
    ['deferDays', { deferDays: '30 days' }],
    ['metrics', { metrics: 'all' }],
    ['listLimit', { listLimit: 64_001 }],
    ['restoredTableName', { restoredTableName: 'a table' }],
    ['restoredTableName', { restoredTableName: 'ab' }],
    ['restoredKeysTableName', { restoredKeysTableName: 'Blocklist-prod-keys-restored' }],
    ['logRetentionDays', { logRetentionDays: 42 }],
    ['logRetentionDays', { logRetentionDays: 9999 }],
    ['endpoint.type', { endpoint: { type: 'edge' } }],
    ['endpoint.vpcEndpointIds', { endpoint: { type: 'private' } }],
    ['endpoint.vpcEndpointIds', { endpoint: { type: 'private', vpcEndpointIds: [] } }],
    ['endpoint.vpcEndpointIds.1', { endpoint: { type: 'private', vpcEndpointIds: [vpce, 'vpc-1'] } }],
    ['endpoint.vpcEndpointIds', { endpoint: { type: 'regional', vpcEndpointIds: [vpce] } }],
    ['endpoint', { stage: 'local', endpoint: { type: 'private', vpcEndpointIds: [vpce] } }],
    ['publicUrl', { publicUrl: 'http://blocklist.example.com' }],
    ['callers', { callers: 'apiKey' }],
    ['callerAccounts.0', { callerAccounts: ['arn:aws:iam::111122223333:root'] }],
    ['callerAccounts.0', { callerAccounts: [111122223333] }],
    ['callerAccounts', { callerAccounts: '111122223333' }],
    ['callerAccounts', { callerAccounts: ['111122223333', '111122223333'] }],
    ['customerManagedKey', { customerManagedKey: 'yes' }],
    ['apiGatewayAccountRole', { apiGatewayAccountRole: 1 }],
    ['removalPolicy', { removalPolicy: 'snapshot' }],
    ['retention', { retention: 7 }],
    ['webhooks.trustUnsigned', { webhooks: { trustUnsigned: 'yes' } }],
    ['webhooks.trust', { webhooks: { trust: true } }],
    ['reasonCodes', { reasonCodes: [] }],
    ['reasonCodes', { reasonCodes: Array.from({ length: 51 }, (_, index) => `code_${index}`) }],
    ['reasonCodes', { reasonCodes: ['spam', 'abuse', 'spam'] }],
    ['reasonCodes.1', { reasonCodes: ['spam', 'Abuse'] }],
    ['reasonCodes.0', { reasonCodes: ['1st'] }],
    ['reasonCodes.0', { reasonCodes: ['spam,abuse'] }],
    ['reasonCodes.0', { reasonCodes: ['x'.repeat(33)] }],
    ['reasonCodes', { reasonCodes: 'spam' }],
    ['requireReason', { requireReason: true }],
    ['requireReason', { requireReason: 'both' }],
    ['jobs.openPerNumber', { jobs: { openPerNumber: 0 } }],
    ['jobs.openPerCaller', { jobs: { openPerCaller: 101 } }],
    ['jobs.openPerCaller', { jobs: { openPerNumber: 10 } }],
    ['reconcile.requestsPerHour', { reconcile: { requestsPerHour: 0 } }],
    ['warmThroughput.readUnitsPerSecond', { warmThroughput: { readUnitsPerSecond: 11_999 } }],
    ['warmThroughput.writeUnitsPerSecond', { warmThroughput: { writeUnitsPerSecond: 3_999 } }],
    ['warmThroughput.writeUnitsPerSecond', { warmThroughput: { writeUnitsPerSecond: 1_000_001 } }],
    ['warmThroughput.writeUnitsPerSecond', { warmThroughput: { writeUnitsPerSecond: '20000' } }],
    ['warmThroughput.writes', { warmThroughput: { writes: 20_000 } }],
  ])('%s in %j', (path, configuration) => {
    const problems = problemsOf(() => read(configuration));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: .+`));
  });

  it('with every other problem beside it, and the place that each comes from', () => {
    const settings = { chunkSize: 0, graph: { version: 'x', metaBaseUrl: 'http://x.com' }, a: 1, jobs: 7 };
    const flags = { 'blocklist.listLimit': 'many', 'blocklist.graph.version': 'y', 'blocklist.graph.timeout': '3' };
    const problems = problemsOf(() => withFiles({ dev: settings })(flags));
    expect(problems.map((problem) => /^(?:-c |config.dev.json: )[\w.]+/.exec(problem)?.[0]).sort()).toEqual([
      '-c blocklist.graph.timeout',
      '-c blocklist.graph.version',
      '-c blocklist.listLimit',
      'config/dev.json: a',
      'config/dev.json: chunkSize',
      'config/dev.json: graph.metaBaseUrl',
      'config/dev.json: jobs',
    ]);
  });
});

describe('the app', () => {
  const out = mkdtempSync(join(directory, 'out-'));
  const run = (context: Record<string, unknown>) =>
    promisify(execFile)(process.execPath, ['bin/app.ts'], {
      env: {
        PATH: process.env.PATH,
        CDK_OUTDIR: out,
        CDK_CONTEXT_JSON: JSON.stringify({ ...project.context, 'aws:cdk:bundling-stacks': [], ...context }),
      },
    });

  it('synthesises the stack of the stage, without a finding', async () => {
    await run({ stage: 'dev' });
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest.artifacts)).toContain('Blocklist-dev');
    const report = JSON.parse(readFileSync(join(out, 'validation-report.json'), 'utf8'));
    expect(report.pluginReports).toEqual([]);
  });

  it('runs on the Node of the project, even if another one is first on the path', async () => {
    const bin = mkdtempSync(join(directory, 'bin-'));
    writeFileSync(join(bin, 'node'), '#!/bin/sh\nexit 97\n', { mode: 0o755 });
    const env = { PATH: `${bin}:/usr/bin:/bin`, CDK_OUTDIR: out, CDK_CONTEXT_JSON: '{"stage":"Prod"}' };
    // As the CDK runs it.
    await expect(promisify(execFile)('sh', ['-c', project.app], { env })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('-c stage: must be'),
    });
  });

  it('reads the folder config of the project, and synthesises nothing from a refused configuration', async () => {
    // Only the message: a stack trace would hide what to do.
    await expect(run({ stage: 'no-such-stage' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^\nThe configuration is refused:\n {2}config\/no-such-stage\.json: there is no such file\..+\n$/,
      ),
    });
    await expect(run({ 'blocklist.chunkSize': '5000' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^\nThe configuration is refused:\n {2}-c blocklist\.chunkSize: Too big.+\n$/),
    });
  });
});
