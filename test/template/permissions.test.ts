import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ENV } from '../../lambdas/contract.ts';
import {
  ALL_CONFIGURATIONS,
  functionsOf,
  identityStatements,
  ofType,
  only,
  type Statement,
  statementsOf,
  synthesize,
} from './synthesize.ts';

const WRITE = [
  'dynamodb:BatchGetItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:GetItem',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];
const TOKEN = ['secretsmanager:GetSecretValue'];
const START = ['states:StartExecution'];

/** What each function may do beside writing its log. */
const PERMISSIONS: Record<string, { table?: string[]; secret?: string[]; workflow?: string[] }> = {
  'block-users': { table: WRITE, secret: TOKEN, workflow: START },
  'unblock-users': { table: WRITE, secret: TOKEN, workflow: START },
  'list-blocked-users': { table: ['dynamodb:GetItem', 'dynamodb:Query'], secret: TOKEN },
  'get-blocked-user': { table: ['dynamodb:BatchGetItem', 'dynamodb:GetItem'] },
  'get-user-history': { table: ['dynamodb:BatchGetItem', 'dynamodb:Query'] },
  'get-job': { table: ['dynamodb:GetItem', 'dynamodb:Query'] },
  'list-job-users': { table: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'] },
  health: {},
  'process-chunk': { table: WRITE, secret: TOKEN },
  'fail-chunk': { table: WRITE },
  'finish-job': { table: WRITE },
};

const ALWAYS = [ENV.serviceStage, 'POWERTOOLS_LOG_LEVEL', 'POWERTOOLS_SERVICE_NAME'];
const GRAPH = [ENV.graphVersion, ENV.metaBaseUrl, ENV.splashifyBaseUrl, ENV.graphTimeoutMs];
const RETENTION = [ENV.auditRetentionDays, ENV.jobRetentionDays, ENV.tombstoneDays];
const CHANGE = [
  ENV.tableName,
  ENV.secretArn,
  ENV.stateMachineArn,
  ...GRAPH,
  ...RETENTION,
  ENV.listLimit,
  ENV.chunkSize,
];
/** The variables of each function beside those that all have. */
const ENVIRONMENTS: Record<string, string[]> = {
  'block-users': CHANGE,
  'unblock-users': CHANGE,
  'list-blocked-users': [ENV.tableName, ENV.secretArn, ...GRAPH],
  'get-blocked-user': [ENV.tableName],
  'get-user-history': [ENV.tableName],
  'get-job': [ENV.tableName],
  'list-job-users': [ENV.tableName],
  health: [],
  'process-chunk': [ENV.tableName, ENV.secretArn, ...GRAPH, ...RETENTION, ENV.listLimit, ENV.jobDeadlineHours],
  'fail-chunk': [ENV.tableName, ...RETENTION],
  'finish-job': [ENV.tableName, ...RETENTION],
};

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const functions = functionsOf(stack);
  const table = only(stack, 'AWS::DynamoDB::GlobalTable').id;
  const secret = only(stack, 'AWS::SecretsManager::Secret').id;
  const machine = only(stack, 'AWS::StepFunctions::StateMachine').id;
  const [key] = ofType(stack, 'AWS::KMS::Key');
  const statements = identityStatements(stack);

  it.each(Object.entries(PERMISSIONS))('%s may do what it needs, to that, and nothing else', (handler, needs) => {
    const fn = functions.get(handler);
    const logGroup = z.looseObject({ LogGroup: z.object({ Ref: z.string() }) }).parse(fn?.Properties.LoggingConfig);
    const expected = [
      [['logs:CreateLogStream', 'logs:PutLogEvents'], `<${logGroup.LogGroup.Ref}.Arn>`],
      ...(needs.table ? [[needs.table, `<${table}.Arn>`]] : []),
      ...(needs.secret ? [[needs.secret, `<${secret}.Id>`]] : []),
      ...(needs.workflow ? [[needs.workflow, `<${machine}>`]] : []),
    ];
    const found = statements.filter(({ owner }) => owner === fn?.role.id);
    const withoutKey = found.filter(({ resources }) => resources[0] !== `<${key?.id}.Arn>`);
    expect(withoutKey.map(({ actions, resources }) => [actions, ...resources])).toEqual(expected);
    for (const { effect, condition } of withoutKey) expect({ effect, condition }).toEqual({ effect: 'Allow' });
  });

  it('a key of its own is used through the service whose data it encrypts, and only by who reads them', () => {
    const uses = statements.filter(({ resources }) => key !== undefined && resources.includes(`<${key.id}.Arn>`));
    const expected = Object.entries(PERMISSIONS).flatMap(([handler, needs]) => [
      ...(key && needs.table ? [{ handler, service: 'dynamodb' }] : []),
      ...(key && needs.secret ? [{ handler, service: 'secretsmanager' }] : []),
    ]);
    const found = uses.map(({ owner, actions, condition, effect }) => {
      expect(effect).toBe('Allow');
      expect(actions.filter((action) => !action.startsWith('kms:'))).toEqual([]);
      expect(actions).toContain('kms:Decrypt');
      const { StringEquals } = z.strictObject({ StringEquals: z.record(z.string(), z.string()) }).parse(condition);
      const handler = [...functions.values()].find(({ role }) => role.id === owner)?.handler;
      return { handler, service: StringEquals['kms:ViaService']?.replace('.eu-west-1.amazonaws.com', '') };
    });
    const order = (a: { handler?: string | undefined; service?: string | undefined }, b: typeof a) =>
      `${a.handler} ${a.service}`.localeCompare(`${b.handler} ${b.service}`);
    expect(found.toSorted(order)).toEqual(expected.toSorted(order));
  });

  it.each(Object.entries(ENVIRONMENTS))('%s has the variables that it reads, and no other', (handler, names) => {
    const fn = functions.get(handler);
    const links = ['block-users', 'unblock-users', 'list-blocked-users', 'get-user-history', 'list-job-users'];
    const expected = [...ALWAYS, ...names];
    if (configuration === 'publicUrl' && links.includes(handler)) expected.push(ENV.publicUrl);
    expect(Object.keys(fn?.environment ?? {}).sort()).toEqual(expected.sort());
  });

  it('no wildcard stands where a name could', () => {
    const identities = statements.flatMap(wildcardsOf);
    const rest = identities.filter(({ owner }) => !owner.startsWith('BulkWorkflowRole'));
    expect(rest).toEqual([]);
    expect(identities.map(({ wildcard }) => wildcard).sort()).toEqual([
      // Log deliveries and X-Ray know no resources.
      '*',
      // Executions have names only when they are started.
      `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${machine}.Name>/Chunks:*`,
      `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${machine}.Name>:*`,
    ]);
    const everywhere = statements.filter(({ resources }) => resources.includes('*'));
    expect(everywhere.flatMap(({ actions }) => actions).sort()).toEqual([
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('the key is open to its account and, for logs of its account, to CloudWatch Logs', () => {
    if (!key) return;
    const policy = statementsOf(key.id, key.Properties.KeyPolicy);
    // In the policy of a key, * is that key.
    expect(policy.map(({ resources }) => resources)).toEqual([['*'], ['*'], ['*']]);
    expect(policy[0]).toMatchObject({ actions: ['kms:*'], principal: { AWS: expect.anything() } });
    expect(JSON.stringify(policy[0]?.principal)).toContain('111122223333:root');
    expect(policy[1]).toMatchObject({
      principal: { Service: 'logs.eu-west-1.amazonaws.com' },
      condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } },
    });
    expect(JSON.stringify(policy[1]?.condition)).toContain(':logs:eu-west-1:111122223333:log-group:*');
    // CDK's own, for the secret: what the first statement allows already.
    expect(policy[2]).toMatchObject({
      principal: policy[0]?.principal,
      condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
  });

  it('the workflow may call its functions, watch over its executions, and nothing else', () => {
    const own = statements.filter(({ owner }) => owner.startsWith('BulkWorkflowRole'));
    const [invoke, observe, start, watch, ...others] = own;
    const called = ['fail-chunk', 'finish-job', 'process-chunk'].map((name) => `<${functions.get(name)?.id}.Arn>`);
    expect(invoke).toMatchObject({ actions: ['lambda:InvokeFunction'], resources: called.sort() });
    expect(observe?.resources).toEqual(['*']);
    expect(start).toMatchObject({ actions: ['states:StartExecution'], resources: [`<${machine}>`] });
    expect(watch?.actions).toEqual(['states:DescribeExecution', 'states:StopExecution']);
    expect(others).toEqual([]);
  });

  it('only API Gateway uses a policy that AWS manages', () => {
    const managed = ofType(stack, 'AWS::IAM::Role').filter(({ Properties }) => Properties.ManagedPolicyArns);
    expect(managed.map(({ Properties }) => Properties.AssumeRolePolicyDocument)).toEqual(
      configuration === 'withoutAccountRole'
        ? []
        : [
            expect.objectContaining({
              Statement: [expect.objectContaining({ Principal: { Service: 'apigateway.amazonaws.com' } })],
            }),
          ],
    );
    expect(ofType(stack, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    expect(ofType(stack, 'AWS::IAM::User')).toEqual([]);
  });
});

it('the settings reach the functions as they are configured', () => {
  const { environment } = functionsOf(synthesize('local')).get('process-chunk') ?? {};
  expect(environment).toMatchObject({
    SERVICE_STAGE: 'local',
    POWERTOOLS_SERVICE_NAME: 'blocklist',
    GRAPH_VERSION: 'v25.0',
    META_BASE_URL: 'http://127.0.0.1:4010',
    SPLASHIFY_BASE_URL: 'https://api.splashifypro.com/api',
    GRAPH_TIMEOUT_MS: '20000',
    AUDIT_RETENTION_DAYS: '730',
    JOB_RETENTION_DAYS: '90',
    TOMBSTONE_DAYS: '30',
    LIST_LIMIT: '64000',
    JOB_DEADLINE_HOURS: '6',
  });
  const block = functionsOf(synthesize('publicUrl')).get('block-users')?.environment ?? {};
  expect(block.CHUNK_SIZE).toBe('1000');
  const api = only(synthesize('publicUrl'), 'AWS::ApiGateway::RestApi').id;
  expect(block.PUBLIC_URL).toBe(`https://blocklist.example.com/<${api}>`);
});

function wildcardsOf({ owner, actions, resources }: Statement): { owner: string; wildcard: string }[] {
  return [...actions, ...resources].filter((one) => one.includes('*')).map((wildcard) => ({ owner, wildcard }));
}
