import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ALL_FUNCTIONS, handlerOf } from '../../lambdas/contract/functions.ts';
import recordedCalls from '../support/recorded-calls.json' with { type: 'json' };
import { ALL_CONFIGURATIONS, CONFIGURATIONS, handlersIn } from './configurations.ts';
import {
  byId,
  functionsOf,
  identityStatements,
  machineOf,
  ofType,
  only,
  type Statement,
  schedulesOf,
  statementsOf,
  synthesize,
  target,
  text,
  withoutKeys,
} from './synthesize.ts';

/** What each function asked for while it ran, as `<action> <resource>`. */
const CALLS = z.record(z.string(), z.array(z.string())).parse(recordedCalls);
/** All of them: those that give what they know by themselves ask for nothing. */
const ALL_HANDLERS = [...Object.keys(CALLS), 'get-open-api', 'health'].sort();
/** The schedule that calls a function. Its queue takes the calls that failed. */
const SCHEDULES: Readonly<Record<string, string>> = Object.fromEntries(
  ALL_FUNCTIONS.flatMap(([name, { schedule }]) => (schedule ? [[handlerOf(name), handlerOf(schedule.name)]] : [])),
);
const asks = (handler: string, service: string) => (CALLS[handler] ?? []).some((call) => call.startsWith(service));

/** What of the key it takes to use each service that encrypts with it in the caller's name, as AWS documents it. */
const KEY_ACTIONS: Record<string, readonly string[]> = {
  // "How Amazon DynamoDB uses AWS KMS": all but CreateGrant, which only who makes or changes the table needs.
  dynamodb: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  // Reading a secret; who writes one needs GenerateDataKey too.
  secretsmanager: ['kms:Decrypt'],
  // Sending to a queue: a key for the message, which SQS checks by decrypting it.
  sqs: ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** Of a key the authorizer may write when it was used, and nothing else; nor read anything by writing. */
const NOTES_USE = {
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'lastUsedAt'] },
  StringEqualsIfExists: { 'dynamodb:ReturnValues': ['NONE'] },
};

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const functions = functionsOf(stack);
  const HANDLERS = handlersIn(configuration);
  const table = only(withoutKeys(stack), 'AWS::DynamoDB::GlobalTable').id;
  const keysTable = ofType(stack, 'AWS::DynamoDB::GlobalTable').find(({ id }) => id !== table)?.id;
  const secret = only(stack, 'AWS::SecretsManager::Secret').id;
  const jobs = machineOf(stack, 'StateMachineArn').id;
  const reconciliation = machineOf(stack, 'ReconciliationArn').id;
  const schedules = schedulesOf(stack);
  const eventFailures = ofType(stack, 'AWS::SQS::Queue')[0]?.id;
  const [key] = ofType(stack, 'AWS::KMS::Key');
  const statements = identityStatements(stack);

  const executions = (machine: string) =>
    `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${machine}.Name>`;

  /** Where the resources of recorded calls are in the template. */
  const places: Readonly<Record<string, string>> = {
    table: `<${table}.Arn>`,
    keys: `<${keysTable}.Arn>`,
    'index scheduled': `<${table}.Arn>/index/scheduled`,
    secret: `<${secret}.Id>`,
    jobs: `<${jobs}>`,
    reconciliation: `<${reconciliation}>`,
    bus: `<${only(stack, 'AWS::Events::EventBus').id}.Arn>`,
  };

  it('there are as many functions as were recorded', () => {
    expect([...functions.keys()].sort()).toEqual(HANDLERS);
    expect(ALL_HANDLERS).toEqual(handlersIn('keys'));
  });

  it.each(HANDLERS)('%s may do what it was seen to ask for, to that, and nothing else', (handler) => {
    const fn = functions.get(handler);
    const logGroup = z.looseObject({ LogGroup: z.object({ Ref: z.string() }) }).parse(fn?.Properties.LoggingConfig);
    const log = `<${logGroup.LogGroup.Ref}.Arn>`;
    const queue = schedules.get(SCHEDULES[handler] ?? '')?.queue;
    // Where callers have no keys, there is no table of them to look at.
    const calls = (CALLS[handler] ?? []).filter((call) => keysTable !== undefined || !call.endsWith(' keys'));
    const recorded = calls.map((call) => {
      const [action, ...resource] = call.split(' ');
      const name = resource.join(' ');
      const place =
        action === 'states:DescribeExecution'
          ? `${executions(name === 'jobs' ? jobs : reconciliation)}:*`
          : places[name];
      return `${action} ${place}`;
    });
    const own = [`logs:CreateLogStream ${log}`, `logs:PutLogEvents ${log}`];
    const failures = queue === undefined ? [] : [`sqs:SendMessage <${queue}.Arn>`];
    // Lambda reads the stream as the function, and says so if it gives up.
    const stream =
      handler === 'publish-events'
        ? [
            ...['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
              (action) => `dynamodb:${action} <${table}.StreamArn>`,
            ),
            ...(eventFailures === undefined ? [] : [`sqs:SendMessage <${eventFailures}.Arn>`]),
          ]
        : [];
    const found = statements.filter(({ owner }) => owner === fn?.role.id);
    const withoutKey = found.filter(({ resources }) => resources[0] !== `<${key?.id}.Arn>`);
    const allowed = withoutKey.flatMap(({ actions, resources }) =>
      resources.flatMap((resource) => actions.map((action) => `${action} ${resource}`)),
    );
    expect(allowed.sort()).toEqual([...own, ...recorded, ...failures, ...stream].sort());
    for (const { effect, actions, condition } of withoutKey) {
      const recordsUse = handler === 'authorize-key' && actions.includes('dynamodb:UpdateItem');
      expect({ effect, condition }).toEqual({ effect: 'Allow', condition: recordsUse ? NOTES_USE : undefined });
    }
  });

  it('nobody may write to both tables: whoever writes blocks makes no key, and whoever makes keys writes no block', () => {
    const users = (id: string | undefined, does = /./) =>
      new Set(
        statements
          .filter(({ resources }) => id !== undefined && resources.some((one) => one.startsWith(`<${id}.Arn>`)))
          .filter(({ actions }) => actions.some((action) => does.test(action)))
          .map(({ owner }) => text(byId(stack, owner).Properties.Description)),
      );
    const ofKeys = users(keysTable);
    const both = [...users(table)].filter((one) => ofKeys.has(one));
    // It tells of keys that end soon, and can do nothing to any.
    expect(both).toEqual(keysTable === undefined ? [] : ['Blocklist: check-tokens']);
    const writers = users(keysTable, /Put|Insert|Update|Delete|Write/);
    expect(both.filter((one) => writers.has(one))).toEqual([]);
    const named = ['authorize-key', 'check-tokens', 'create-key', 'list-keys', 'revoke-key', 'rotate-key'];
    expect([...ofKeys].sort()).toEqual(keysTable === undefined ? [] : named.map((one) => `Blocklist: ${one}`));
  });

  it('has a schedule for each function that one calls, and for the workflow of reconciliation', () => {
    expect([...schedules.keys()].sort()).toEqual(
      configuration === 'schedulesOff' ? [] : [...Object.values(SCHEDULES), 'reconcile'].sort(),
    );
  });

  it('a key of its own is used through the service whose data it encrypts, and only by who reads or writes them', () => {
    const uses = statements.filter(({ resources }) => key !== undefined && resources.includes(`<${key.id}.Arn>`));
    const expected = HANDLERS.flatMap((handler) => [
      ...(asks(handler, 'dynamodb:') ? [`${handler} dynamodb`] : []),
      ...(asks(handler, 'secretsmanager:') ? [`${handler} secretsmanager`] : []),
      ...(handler in SCHEDULES || handler === 'publish-events' ? [`${handler} sqs`] : []),
    ]);
    for (const schedule of schedules.keys()) expected.push(`schedule ${schedule} sqs`);
    const found = uses.map(({ owner, actions, condition, effect }) => {
      expect(effect).toBe('Allow');
      const { StringEquals } = z
        .strictObject({ StringEquals: z.strictObject({ 'kms:ViaService': z.string() }) })
        .parse(condition);
      const service = StringEquals['kms:ViaService'].replace('.eu-west-1.amazonaws.com', '');
      const user = text(byId(stack, owner).Properties.Description).replace('Blocklist: ', '');
      expect([user, service, actions]).toEqual([user, service, KEY_ACTIONS[service]]);
      return `${user} ${service}`;
    });
    expect(found.sort()).toEqual(key ? expected.sort() : []);
  });

  it('no wildcard stands where a name could', () => {
    const found = statements
      .flatMap(wildcardsOf)
      .map(({ owner, wildcard }) => `${text(byId(stack, owner).Properties.Description)} ${wildcard}`);
    expect(found.sort()).toEqual([
      // Executions have names only when they are started.
      `Blocklist: start-reconciliation ${executions(reconciliation)}:*`,
      `Blocklist: sweep ${executions(jobs)}:*`,
      // Log deliveries and X-Ray know no resources.
      'Blocklist: workflow jobs *',
      `Blocklist: workflow jobs ${executions(jobs)}/Chunks:*`,
      `Blocklist: workflow jobs ${executions(jobs)}:*`,
      'Blocklist: workflow reconciliation *',
      `Blocklist: workflow reconciliation ${executions(reconciliation)}/Groups:*`,
      `Blocklist: workflow reconciliation ${executions(reconciliation)}:*`,
    ]);
    const everywhere = statements.filter(({ resources }) => resources.includes('*'));
    expect([...new Set(everywhere.flatMap(({ actions }) => actions))].sort()).toEqual([
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
    expect(policy.map(({ resources }) => resources)).toEqual([['*'], ['*'], ['*'], ['*']]);
    // Through it the policies of the account count: those of the functions, and of who deploys.
    expect(policy[0]).toMatchObject({ effect: 'Allow', actions: ['kms:*'], principal: { AWS: expect.anything() } });
    expect(policy[0]?.condition).toBeUndefined();
    expect(JSON.stringify(policy[0]?.principal)).toContain('111122223333:root');
    expect(policy[1]).toMatchObject({
      effect: 'Allow',
      // "Encrypt log data in CloudWatch Logs using AWS KMS"
      actions: ['kms:Decrypt', 'kms:Describe*', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      principal: { Service: 'logs.eu-west-1.amazonaws.com' },
      condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } },
    });
    expect(JSON.stringify(policy[1]?.condition)).toContain(':logs:eu-west-1:111122223333:log-group:*');
    // CDK's own, for the secret: what the first statement allows already.
    expect(policy[2]).toMatchObject({
      principal: policy[0]?.principal,
      condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
    });
    // EventBridge, for the one bus of the stack.
    expect(policy[3]).toMatchObject({
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      principal: { Service: 'events.amazonaws.com' },
      condition: { StringEquals: { 'aws:SourceAccount': '111122223333', 'aws:SourceArn': expect.anything() } },
    });
  });

  it.for<[string, typeof jobs, string[], string]>([
    ['jobs', jobs, ['fail-chunk', 'finish-job', 'process-chunk'], 'Chunks'],
    ['reconciliation', reconciliation, ['list-numbers', 'reconcile-numbers'], 'Groups'],
  ])(
    'the workflow %s may call its functions, watch over its executions, and nothing else',
    ([_, machine, names, label]) => {
      const role = target(byId(stack, machine).Properties.RoleArn);
      const [invoke, observe, start, watch, ...others] = statements.filter(({ owner }) => owner === role);
      const called = names.map((name) => `<${functions.get(name)?.id}.Arn>`);
      expect(invoke).toMatchObject({ actions: ['lambda:InvokeFunction'], resources: called.sort() });
      expect(observe?.resources).toEqual(['*']);
      expect(start).toMatchObject({ actions: ['states:StartExecution'], resources: [`<${machine}>`] });
      expect(watch).toMatchObject({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: [`${executions(machine)}/${label}:*`, `${executions(machine)}:*`],
      });
      expect(others).toEqual([]);
    },
  );

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
    expect(ofType(stack, 'AWS::IAM::User')).toEqual([]);
  });
});

it('the settings reach the functions as they are configured', () => {
  const { environment } = functionsOf(synthesize('local')).get('process-chunk') ?? {};
  expect(environment).toMatchObject({
    SERVICE_STAGE: 'local',
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
  const numbers = CONFIGURATIONS.callers.callerNumbers;
  expect(functionsOf(synthesize('callers')).get('list-jobs')?.environment.CALLER_NUMBERS).toBe(JSON.stringify(numbers));
  const tuned = functionsOf(synthesize('tuned'));
  expect(tuned.get('sweep')?.environment).toMatchObject({ JOB_IDLE_MINUTES: '5', JOB_DEADLINE_HOURS: '6' });
  expect(tuned.get('check-tokens')?.environment).toMatchObject({ TOKEN_WARNING_DAYS: '30' });
  expect(tuned.get('retry-deferred')?.environment).toMatchObject({ DEFER_DAYS: '7', LIST_LIMIT: '64000' });
  expect(tuned.get('receive-webhook')?.environment).toMatchObject({ TRUST_UNSIGNED_WEBHOOKS: 'true' });
  for (const handler of ['block-users', 'unblock-users', 'create-jobs', 'list-numbers-in-use']) {
    const { environment } = tuned.get(handler) ?? {};
    expect(environment).toMatchObject({ REASON_CODES: 'spam,chargeback', REQUIRE_REASON: 'code' });
  }
  expect(functionsOf(synthesize('prod')).get('receive-webhook')?.environment).toMatchObject({
    TRUST_UNSIGNED_WEBHOOKS: 'false',
  });
  const prod = synthesize('prod');
  expect(functionsOf(prod).get('sweep')?.environment).toMatchObject({
    JOB_IDLE_MINUTES: '15',
    JOB_LANES: '4',
    BULK_STATE_MACHINE_ARN: `<${machineOf(prod, 'StateMachineArn').id}>`,
    RECONCILIATION_STATE_MACHINE_ARN: `<${machineOf(prod, 'ReconciliationArn').id}>`,
  });
  const block = functionsOf(synthesize('publicUrl')).get('block-users')?.environment ?? {};
  expect(block.CHUNK_SIZE).toBe('1000');
  const api = only(synthesize('publicUrl'), 'AWS::ApiGateway::RestApi').id;
  expect(block.PUBLIC_URL).toBe(`https://blocklist.example.com/<${api}>`);
});

function wildcardsOf({ owner, actions, resources }: Statement): { owner: string; wildcard: string }[] {
  return [...actions, ...resources].filter((one) => one.includes('*')).map((wildcard) => ({ owner, wildcard }));
}
