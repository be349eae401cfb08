import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import project from '../../cdk.json' with { type: 'json' };
import { API_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract.ts';
import { ConfigError, readConfig } from '../../lib/config.ts';

const read = (blocklist: unknown, commandLine: Record<string, unknown> = {}) =>
  readConfig({ project: { blocklist }, context: { blocklist, ...commandLine } });

function problemsOf(blocklist: unknown, commandLine: Record<string, unknown> = {}): readonly string[] {
  try {
    read(blocklist, commandLine);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
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
      reservedConcurrency: {},
      throttle: { requestsPerSecond: 500, burst: 1000 },
      auditRetentionDays: 730,
      tombstoneDays: 30,
      deferDays: 30,
      webhooks: { trustUnsigned: false },
      listLimit: 64_000,
      logRetentionDays: 90,
      endpoint: { type: 'regional' },
      callers: 'iam',
      customerManagedKey: false,
      apiGatewayAccountRole: true,
      removalPolicy: 'retain',
    });
  });

  it('keep nothing of the local stage', () => {
    expect(read({ stage: 'local' }).removalPolicy).toBe('destroy');
    expect(read({ stage: 'local', removalPolicy: 'retain' }).removalPolicy).toBe('retain');
  });

  it('are what cdk.json deploys', () => {
    expect(readConfig({ project: project.context, context: project.context })).toEqual(read({ stage: 'dev' }));
  });

  it('leave a call to Graph room in a function behind the API', () => {
    expect(read({}).graph.timeoutSeconds).toBeLessThan(API_FUNCTION_TIMEOUT_SECONDS);
  });
});

describe('the command line', () => {
  it('sets one field', () => {
    const config = read({ stage: 'prod' }, { 'blocklist.graph.version': 'v26.0' });
    expect(config.stage).toBe('prod');
    expect(config.graph.version).toBe('v26.0');
    expect(config.graph.timeoutSeconds).toBe(20);
  });

  it('takes numbers, booleans, lists and objects from its strings', () => {
    const config = read(
      {},
      {
        'blocklist.chunkSize': '250',
        'blocklist.customerManagedKey': 'true',
        'blocklist.reservedConcurrency.worker': '3',
        'blocklist.endpoint': '{"type":"private","vpcEndpointIds":["vpce-0123456789abcdef0"]}',
      },
    );
    expect(config).toMatchObject({ chunkSize: 250, customerManagedKey: true, reservedConcurrency: { worker: 3 } });
    expect(config.endpoint).toEqual({ type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0'] });
  });

  it('takes a topic for alarms, of any partition', () => {
    const topic = 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:Team_alarms-1';
    expect(read({}, { 'blocklist.alarmTopicArn': topic }).alarmTopicArn).toBe(topic);
  });

  it('adds to fields set beside each other', () => {
    const config = read(
      { endpoint: { type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0'] } },
      { 'blocklist.endpoint.vpcEndpointIds': '["vpce-00000000000000000"]' },
    );
    expect(config.endpoint).toEqual({ type: 'private', vpcEndpointIds: ['vpce-00000000000000000'] });
  });

  it('lays a JSON object over cdk.json, and single fields over both', () => {
    const config = readConfig({
      project: { blocklist: { stage: 'prod', chunkSize: 500, jobs: { concurrency: 2 } } },
      context: { blocklist: '{"chunkSize":400,"jobs":{"deadlineHours":3}}', 'blocklist.jobs.retentionDays': '7' },
    });
    expect(config).toMatchObject({
      stage: 'prod',
      chunkSize: 400,
      jobs: { concurrency: 2, deadlineHours: 3, retentionDays: 7 },
    });
  });

  it.each([['no JSON'], ['{"stage":']])('refuses %s as the whole configuration', (blocklist) => {
    expect(problemsOf({}, { blocklist })).toEqual([
      'blocklist: must be an object of settings; -c blocklist=… takes it as JSON',
    ]);
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
    expect(problemsOf({ schedules: { sweep: wrong } })).toEqual([`blocklist.schedules.sweep: ${message}`]);
  });

  it('can come from the command line', () => {
    const { schedules } = read({}, { 'blocklist.schedules.sweep': '5 minutes', 'blocklist.schedules.deferred': 'off' });
    expect(schedules).toMatchObject({ reconcile: 60, expire: 5, sweep: 5, deferred: 'off' });
  });
});

describe('a job', () => {
  it.each([
    [7, 168],
    [1, 21],
    [1, 24],
  ])('must not expire after %i days where it may run for %i hours and 3 more', (retentionDays, deadlineHours) => {
    expect(problemsOf({ jobs: { retentionDays, deadlineHours } })).toEqual([
      expect.stringMatching(/^blocklist\.jobs\.retentionDays: must outlast jobs\.deadlineHours/),
    ]);
  });

  it.each([
    [8, 168],
    [1, 20],
  ])('may expire after %i days where it runs for %i hours and 3 more at most', (retentionDays, deadlineHours) => {
    expect(read({ jobs: { retentionDays, deadlineHours } }).jobs).toMatchObject({ retentionDays, deadlineHours });
  });
});

describe('a refused value is named by its path', () => {
  const vpce = 'vpce-0123456789abcdef0';
  it.each<[path: string, configuration: unknown]>([
    ['blocklist', 7],
    ['blocklist', []],
    ['blocklist.stage', { stage: 'Prod' }],
    ['blocklist.stage', { stage: 'a-stage-with-too-many-letters' }],
    ['blocklist.stage', { stage: { dev: 1 } }],
    ['blocklist.graph', { graph: 'v25.0' }],
    ['blocklist.graph.version', { graph: { version: '25.0' } }],
    ['blocklist.graph.metaBaseUrl', { graph: { metaBaseUrl: 'graph.facebook.com' } }],
    ['blocklist.graph.metaBaseUrl', { graph: { metaBaseUrl: 'http://graph.facebook.com' } }],
    ['blocklist.graph.metaBaseUrl', { graph: { metaBaseUrl: 'http://127.0.0.1:4010' } }],
    ['blocklist.graph.metaBaseUrl', { stage: 'local', graph: { metaBaseUrl: 'http://graph.facebook.com' } }],
    ['blocklist.graph.metaBaseUrl', { stage: 'local', graph: { metaBaseUrl: 'http://127.0.0.1.example.com' } }],
    ['blocklist.graph.metaBaseUrl', { graph: { metaBaseUrl: 'https://user:secret@graph.facebook.com' } }],
    ['blocklist.graph.splashifyBaseUrl', { graph: { splashifyBaseUrl: 'https://api.splashifypro.com/api?key=1' } }],
    ['blocklist.graph.timeoutSeconds', { graph: { timeoutSeconds: 0 } }],
    ['blocklist.graph.timeoutSeconds', { graph: { timeoutSeconds: 25 } }],
    ['blocklist.graph.timeoutSeconds', { graph: { timeoutSeconds: '20' } }],
    ['blocklist.graph.apiKey', { graph: { apiKey: 'x' } }],
    ['blocklist.chunkSize', { chunkSize: 1 }],
    ['blocklist.chunkSize', { chunkSize: 1001 }],
    ['blocklist.chunkSize', { chunkSize: 10.5 }],
    ['blocklist.jobs.concurrency', { jobs: { concurrency: 0 } }],
    ['blocklist.jobs.deadlineHours', { jobs: { deadlineHours: 169 } }],
    ['blocklist.jobs.retentionDays', { jobs: { retentionDays: 0 } }],
    ['blocklist.jobs.openPerNumber', { jobs: { openPerNumber: 0 } }],
    ['blocklist.jobs.openPerCaller', { jobs: { openPerCaller: 101 } }],
    ['blocklist.jobs.openPerCaller', { jobs: { openPerNumber: 10 } }],
    ['blocklist.reconcile.requestsPerHour', { reconcile: { requestsPerHour: 0 } }],
    ['blocklist.jobs.idleMinutes', { jobs: { idleMinutes: -1 } }],
    ['blocklist.jobs.idleMinutes', { jobs: { idleMinutes: 1441 } }],
    ['blocklist.reconcile.concurrency', { reconcile: { concurrency: 0 } }],
    ['blocklist.reconcile.concurrency', { reconcile: { concurrency: 101 } }],
    ['blocklist.reconcile', { reconcile: '1 hour' }],
    ['blocklist.schedules.reconcile', { schedules: { reconcile: '1 week' } }],
    ['blocklist.schedules.tokenCheck', { schedules: { tokenCheck: null } }],
    ['blocklist.schedules.expire', { schedules: { expire: '30 seconds' } }],
    ['blocklist.schedules.deferred', { schedules: { deferred: 60 } }],
    ['blocklist.schedules.expiry', { schedules: { expiry: '5 minutes' } }],
    ['blocklist.tokenWarningDays', { tokenWarningDays: 0 }],
    ['blocklist.tokenWarningDays', { tokenWarningDays: 91 }],
    ['blocklist.alarmTopicArn', { alarmTopicArn: 'alarms' }],
    ['blocklist.alarmTopicArn', { alarmTopicArn: 'arn:aws:sqs:eu-west-1:111122223333:alarms' }],
    ['blocklist.alarmTopicArn', { alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms.fifo' }],
    ['blocklist.reservedConcurrency.api', { reservedConcurrency: { api: 0 } }],
    ['blocklist.reservedConcurrency.jobs', { reservedConcurrency: { jobs: 1 } }],
    ['blocklist.throttle.requestsPerSecond', { throttle: { requestsPerSecond: 0 } }],
    ['blocklist.throttle.burst', { throttle: { burst: 5001 } }],
    ['blocklist.auditRetentionDays', { auditRetentionDays: 0 }],
    ['blocklist.warmThroughput.readUnitsPerSecond', { warmThroughput: { readUnitsPerSecond: 11_999 } }],
    ['blocklist.warmThroughput.writeUnitsPerSecond', { warmThroughput: { writeUnitsPerSecond: 3_999 } }],
    ['blocklist.warmThroughput.writeUnitsPerSecond', { warmThroughput: { writeUnitsPerSecond: 1_000_001 } }],
    ['blocklist.warmThroughput.writeUnitsPerSecond', { warmThroughput: { writeUnitsPerSecond: '20000' } }],
    ['blocklist.warmThroughput.writes', { warmThroughput: { writes: 20_000 } }],
    ['blocklist.tombstoneDays', { tombstoneDays: 366 }],
    ['blocklist.deferDays', { deferDays: 0 }],
    ['blocklist.deferDays', { deferDays: 366 }],
    ['blocklist.deferDays', { deferDays: '30 days' }],
    ['blocklist.listLimit', { listLimit: 64_001 }],
    ['blocklist.logRetentionDays', { logRetentionDays: 42 }],
    ['blocklist.logRetentionDays', { logRetentionDays: 9999 }],
    ['blocklist.endpoint.type', { endpoint: { type: 'edge' } }],
    ['blocklist.endpoint.vpcEndpointIds', { endpoint: { type: 'private' } }],
    ['blocklist.endpoint.vpcEndpointIds', { endpoint: { type: 'private', vpcEndpointIds: [] } }],
    ['blocklist.endpoint.vpcEndpointIds.1', { endpoint: { type: 'private', vpcEndpointIds: [vpce, 'vpc-1'] } }],
    ['blocklist.endpoint.vpcEndpointIds', { endpoint: { type: 'regional', vpcEndpointIds: [vpce] } }],
    ['blocklist.endpoint', { stage: 'local', endpoint: { type: 'private', vpcEndpointIds: [vpce] } }],
    ['blocklist.publicUrl', { publicUrl: 'http://blocklist.example.com' }],
    ['blocklist.callers', { callers: 'apiKey' }],
    ['blocklist.webhooks.trustUnsigned', { webhooks: { trustUnsigned: 'yes' } }],
    ['blocklist.webhooks.trust', { webhooks: { trust: true } }],
    ['blocklist.customerManagedKey', { customerManagedKey: 'yes' }],
    ['blocklist.apiGatewayAccountRole', { apiGatewayAccountRole: 1 }],
    ['blocklist.removalPolicy', { removalPolicy: 'snapshot' }],
    ['blocklist.retention', { retention: 7 }],
  ])('%s in %j', (path, configuration) => {
    const problems = problemsOf(configuration);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: .+`));
  });

  it('with every other problem beside it', () => {
    const problems = problemsOf(
      { chunkSize: 0, graph: { version: 'x', metaBaseUrl: 'http://x.com' }, a: 1, b: 2 },
      { 'blocklist.listLimit': 'many' },
    );
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(
      ['a', 'b', 'chunkSize', 'graph.metaBaseUrl', 'graph.version', 'listLimit'].map((path) => `blocklist.${path}`),
    );
  });

  it('also when it comes from the command line', () => {
    expect(problemsOf({}, { 'blocklist.graph.timeout': '3', 'blocklist.stage.name': 'x' })).toEqual([
      expect.stringMatching(/^blocklist\.stage: /),
      'blocklist.graph.timeout: there is no such setting',
    ]);
  });
});

describe('the app', () => {
  const directory = mkdtempSync(join(tmpdir(), 'blocklist-app-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const run = (context: Record<string, unknown>) =>
    promisify(execFile)(process.execPath, ['bin/app.ts'], {
      env: {
        PATH: process.env.PATH,
        CDK_OUTDIR: directory,
        CDK_CONTEXT_JSON: JSON.stringify({ ...project.context, 'aws:cdk:bundling-stacks': [], ...context }),
      },
    });

  it('synthesises the stack of the stage, without a finding', async () => {
    await run({ 'blocklist.stage': 'prod' });
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest.artifacts)).toContain('Blocklist-prod');
    const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
    expect(report.pluginReports).toEqual([]);
  });

  it('synthesises nothing from a refused configuration', async () => {
    await expect(run({ 'blocklist.stage': 'prod', 'blocklist.chunkSize': '5000' })).rejects.toMatchObject({
      stderr: expect.stringContaining('  blocklist.chunkSize: Too big'),
    });
  });
});
