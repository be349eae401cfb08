import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ALL_FUNCTIONS, handlerOf } from '../../lambdas/contract/functions.ts';
import { LIMITS } from '../../lambdas/contract/limits.ts';
import { SECRET_PLACEHOLDER, setTokenCommand } from '../../lambdas/contract/token-secret.ts';
import { ALL_CONFIGURATIONS, CONFIGURATIONS, FIRST_DEPLOYS, handlersIn } from './configurations.ts';
import {
  byId,
  functionsOf,
  ofType,
  only,
  type Resource,
  type Synthesized,
  synthesize,
  target,
  text,
  withoutKeys,
} from './synthesize.ts';

/** Types that hold data, and those that others of the account rely on. */
const HOLDS_DATA = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
];
const OF_THE_ACCOUNT = ['AWS::ApiGateway::Account'];

describe.each(ALL_CONFIGURATIONS)('with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);
  const HANDLERS = handlersIn(configuration);
  const hasKeys = configuration === 'keys' || configuration === 'privateKeys';
  const hasOwnKey = configuration === 'customerManagedKey' || configuration === 'privateKeys';
  const removes = configuration === 'destroy' || configuration === 'local';

  describe('every function', () => {
    const functions = functionsOf(stack);

    it('is there, once', () => {
      expect([...functions.keys()].sort()).toEqual(HANDLERS);
      expect(ofType(stack, 'AWS::Lambda::Function')).toHaveLength(HANDLERS.length);
    });

    it.each(HANDLERS)('%s runs on Node 24 on arm64, from index.handler', (handler) => {
      expect(functions.get(handler)?.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
    });

    it('has a role of its own', () => {
      const roles = [...functions.values()].map(({ role }) => role.id);
      expect(new Set(roles).size).toBe(functions.size);
      for (const { role } of functions.values()) {
        expect(role.Properties.ManagedPolicyArns).toBeUndefined();
        expect(role.Properties.RoleName).toBeUndefined();
      }
    });

    it('has a log group of its own, and writes JSON into it', () => {
      const groups = [...functions.values()].map(({ Properties }) => {
        const logging = z.looseObject({ LogGroup: z.unknown(), LogFormat: z.literal('JSON') });
        return target(logging.parse(Properties.LoggingConfig).LogGroup);
      });
      expect(new Set(groups).size).toBe(functions.size);
      for (const group of groups) expect(byId(stack, group).Type).toBe('AWS::Logs::LogGroup');
    });

    it('ends before API Gateway gives up on it', () => {
      for (const handler of [...handlersIn(configuration, 'api'), ...handlersIn(configuration, 'authorizer')]) {
        expect(functions.get(handler)?.Properties.Timeout).toBeLessThan(LIMITS.apiGatewaySeconds);
      }
    });

    it('has the memory and the time of its record', () => {
      for (const [name, { memory, timeoutSeconds }] of ALL_FUNCTIONS) {
        if (!HANDLERS.includes(handlerOf(name))) continue;
        const { Properties } = functions.get(handlerOf(name)) ?? {};
        expect([name, Properties?.MemorySize, Properties?.Timeout]).toEqual([name, memory, timeoutSeconds]);
      }
    });

    it('has concurrency of its own only where that is configured', () => {
      const reserved = [...functions].flatMap(([name, { Properties }]) =>
        Properties.ReservedConcurrentExecutions === undefined ? [] : [[name, Properties.ReservedConcurrentExecutions]],
      );
      const configured = [...handlersIn('tuned', 'api').map((name) => [name, 5]), ['process-chunk', 4]];
      expect(reserved.sort()).toEqual(configuration === 'tuned' ? configured.sort() : []);
    });

    it('reads source maps only when a person does', () => {
      for (const { environment } of functions.values()) expect(environment).not.toHaveProperty('NODE_OPTIONS');
    });
  });

  it('keeps what holds data, unless it is told to destroy it', () => {
    const policies = stack.resources
      .filter(({ Type }) => HOLDS_DATA.includes(Type))
      .map(({ Type, DeletionPolicy, UpdateReplacePolicy }) => ({ Type, DeletionPolicy, UpdateReplacePolicy }));
    // Table, secret, and every log group.
    expect(policies.length).toBeGreaterThanOrEqual(HANDLERS.length + 4);
    for (const { Type, DeletionPolicy, UpdateReplacePolicy } of policies) {
      // A first deploy that fails leaves none of it behind: nothing is in it yet, and the next one would make another.
      expect({ Type, DeletionPolicy }).toEqual({ Type, DeletionPolicy: removes ? 'Delete' : 'RetainExceptOnCreate' });
      expect({ Type, UpdateReplacePolicy }).toEqual({ Type, UpdateReplacePolicy: removes ? 'Delete' : 'Retain' });
    }
  });

  it('keeps nothing else but the account role for API Gateway logs', () => {
    const kept = stack.resources.filter(
      ({ Type, DeletionPolicy }) => !HOLDS_DATA.includes(Type) && DeletionPolicy?.startsWith('Retain'),
    );
    expect(kept.map(({ Type }) => Type).sort()).toEqual(
      configuration === 'withoutAccountRole' ? [] : [...OF_THE_ACCOUNT, 'AWS::IAM::Role'],
    );
  });

  it('gives nothing that is kept a name that a second deploy would meet', () => {
    // A permission and its like name the function or log that they are for, and are not named themselves. Schedules and
    // their group have names that people can find, and go with the stack.
    // Saved queries have names that people can find, too. Rules of other teams name the bus, which holds nothing.
    const others = [
      'AWS::Events::EventBus',
      'AWS::Lambda::EventInvokeConfig',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Lambda::Permission',
      'AWS::Logs::MetricFilter',
      'AWS::Logs::QueryDefinition',
    ];
    const named = stack.resources.filter(({ Type }) => !others.includes(Type) && !Type.startsWith('AWS::Scheduler::'));
    const names = named.flatMap(({ id, Type, Properties }) =>
      [
        'TableName',
        'Name',
        'SecretName',
        'RoleName',
        'LogGroupName',
        'AliasName',
        'FunctionName',
        'StateMachineName',
        'QueueName',
      ]
        .filter((property) => Type !== 'AWS::ApiGateway::Authorizer' && Properties[property] !== undefined)
        .map((property) => ({ id, name: text(Properties[property]) })),
    );
    const apis = ofType(stack, 'AWS::ApiGateway::RestApi').map(({ id }) => id);
    // Named as Step Functions wants it; the id of the stack makes it unlike any other.
    const stackId = '{"Fn::Select":[2,{"Fn::Split":["/",{"Ref":"AWS::StackId"}]}]}';
    const prefix = `/aws/vendedlogs/states/Blocklist-${CONFIGURATIONS[configuration].stage}`;
    expect(names.flatMap(({ id, name }) => (apis.includes(id) ? [] : [name])).sort()).toEqual([
      `${prefix}-jobs-${stackId}`,
      `${prefix}-reconciliation-${stackId}`,
    ]);
  });

  it('ends every log', () => {
    const groups = ofType(stack, 'AWS::Logs::LogGroup');
    // One for each function and each workflow, and the access log of each API.
    expect(groups).toHaveLength(HANDLERS.length + (hasKeys ? 4 : 3));
    for (const group of groups) expect(group.Properties.RetentionInDays).toBe(90);
  });

  it('is protected from deletion where the stage is', () => {
    const isProtected = configuration !== 'dev' && configuration !== 'local';
    expect(stack.terminationProtection ?? false).toBe(isProtected);
    const [replica] = tableOf(stack).Replicas;
    expect(replica.DeletionProtectionEnabled).toBe(isProtected && configuration !== 'destroy');
  });

  it('has another table for keys if callers have them, as safe as the first, from which nothing expires', () => {
    const [table, ...others] = ofType(stack, 'AWS::DynamoDB::GlobalTable').filter(({ id }) => id.startsWith('Keys'));
    expect(others).toEqual([]);
    expect(table !== undefined).toBe(hasKeys);
    if (table === undefined) return;
    expect(table.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    });
    expect(table.Properties.TimeToLiveSpecification).toBeUndefined();
    expect(table.Properties.GlobalSecondaryIndexes).toBeUndefined();
    const [replica] = asTable(table).Replicas;
    expect(replica.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    expect(replica.DeletionProtectionEnabled).toBe(true);
    const [key] = ofType(stack, 'AWS::KMS::Key');
    const used = replica.SSESpecification?.KMSMasterKeyId;
    expect(used && target(used)).toBe(key?.id);
  });

  it('has one table for the rest, on demand, encrypted, with backups and expiry', () => {
    const table = tableOf(stack);
    expect(table).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'scheduled',
          KeySchema: [
            { AttributeName: 'scheduledBucket', KeyType: 'HASH' },
            { AttributeName: 'scheduledAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
    const [replica, ...others] = table.Replicas;
    expect(others).toEqual([]);
    expect(replica.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  });

  it('takes at once what is configured, table and index alike, otherwise what AWS gives a new table', () => {
    const { WarmThroughput, GlobalSecondaryIndexes: indexes } = z
      .looseObject({
        WarmThroughput: z.unknown().optional(),
        GlobalSecondaryIndexes: z.array(z.looseObject({ WarmThroughput: z.unknown().optional() })),
      })
      .parse(only(withoutKeys(stack), 'AWS::DynamoDB::GlobalTable').Properties);
    const expected =
      configuration === 'tuned' ? { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 20_000 } : undefined;
    expect([WarmThroughput, ...indexes.map((index) => index.WarmThroughput)]).toEqual([expected, expected]);
  });

  it('has a secret that holds no token and no random text', () => {
    const secret = only(stack, 'AWS::SecretsManager::Secret');
    expect(secret.Properties.SecretString).toBe(SECRET_PLACEHOLDER);
    expect(secret.Properties.GenerateSecretString).toBeUndefined();
  });

  it('encrypts table, secret, logs, queues and the bus with a key of its own where that is asked for', () => {
    const keys = ofType(stack, 'AWS::KMS::Key');
    const groups = ofType(stack, 'AWS::Logs::LogGroup').map(({ Properties }) => Properties.KmsKeyId);
    const secret = only(stack, 'AWS::SecretsManager::Secret').Properties.KmsKeyId;
    const table = tableOf(stack).Replicas[0].SSESpecification?.KMSMasterKeyId;
    const queues = ofType(stack, 'AWS::SQS::Queue').map(({ Properties }) => Properties.KmsMasterKeyId);
    const bus = only(stack, 'AWS::Events::EventBus').Properties.KmsKeyIdentifier;
    if (!hasOwnKey) {
      expect(keys).toEqual([]);
      expect([...groups, secret, table, bus, ...queues].filter((key) => key !== undefined)).toEqual([]);
      return;
    }
    const [key, ...others] = keys;
    expect(others).toEqual([]);
    expect(key?.Properties.EnableKeyRotation).toBe(true);
    expect(queues).toHaveLength(1);
    for (const used of [...groups, secret, table, bus, ...queues]) expect(target(used)).toBe(key?.id);
    expect(ofType(stack, 'AWS::KMS::Alias')).toEqual([]);
  });

  it('stays far from the quotas of AWS', () => {
    expect(stack.resources.length).toBeLessThan(hasKeys ? 475 : 405); // of 500; a route takes six, with both APIs
    expect(JSON.stringify(stack.json).length).toBeLessThan(500_000); // of 1 MB
    expect(ofType(stack, 'AWS::ApiGateway::Resource').length).toBeLessThan(200); // of 300
    for (const { handler, environment } of functionsOf(stack).values()) {
      expect(`${handler} ${JSON.stringify(environment)}`.length).toBeLessThan(3_000); // of 4 KB
    }
    for (const role of ofType(stack, 'AWS::IAM::Role')) {
      expect(inlinePolicyCharacters(role)).toBeLessThan(8_000); // of 10,240 a role
    }
    for (const { id } of functionsOf(stack).values()) {
      // A function's own policy holds 20 KB; a permission takes about 400 bytes of it.
      const permissions = ofType(stack, 'AWS::Lambda::Permission').filter(
        ({ Properties }) => target(Properties.FunctionName) === id,
      );
      expect(permissions.length * 400).toBeLessThan(5_000);
    }
  });

  function inlinePolicyCharacters(role: Resource): number {
    const beside = ofType(stack, 'AWS::IAM::Policy').filter(({ Properties }) =>
      z
        .array(z.unknown())
        .parse(Properties.Roles)
        .some((one) => target(one) === role.id),
    );
    return JSON.stringify([role.Properties.Policies ?? [], beside.map(({ Properties }) => Properties)]).length;
  }
});

describe.each(FIRST_DEPLOYS)('the first deploy with the configuration %s', (configuration) => {
  const stack = synthesize(configuration);

  it('is made without protection, and differs in nothing else then: what failed can be taken back', () => {
    const first = synthesize(configuration, { isFirstDeploy: true });
    expect(first.terminationProtection ?? false).toBe(false);
    for (const table of ofType(first, 'AWS::DynamoDB::GlobalTable')) {
      expect(asTable(table).Replicas[0].DeletionProtectionEnabled).toBe(false);
    }
    const withoutReplicas = (one: Synthesized) =>
      one.resources.map((resource) =>
        resource.Type === 'AWS::DynamoDB::GlobalTable'
          ? { ...resource, Properties: { ...resource.Properties, Replicas: [] } }
          : resource,
      );
    expect(withoutReplicas(first)).toEqual(withoutReplicas(stack));
  });
});

it('the placeholder of the secret never changes: a deploy would write a new one over every token', () => {
  expect(SECRET_PLACEHOLDER).toBe('{"default":{"token":""}}');
});

it('what an operator and a script need to know is among the outputs', () => {
  const { outputs } = synthesize('prod');
  expect(Object.keys(outputs).sort()).toEqual([
    'AgentPolicyArn',
    'ApiId',
    'ApiStage',
    'ApiUrl',
    'EventBusName',
    'OperatorPolicyArn',
    'ReaderPolicyArn',
    'ReconciliationArn',
    'ScheduleGroupName',
    'SetTokenCommand',
    'StateMachineArn',
    'TableName',
    'TokenSecretArn',
    'WebhookForwarderPolicyArn',
  ]);
  const stack = synthesize('prod');
  const secret = only(stack, 'AWS::SecretsManager::Secret').id;
  const api = only(stack, 'AWS::ApiGateway::RestApi').id;
  expect(text(outputs.SetTokenCommand?.Value)).toBe(setTokenCommand(`<${secret}.Id>`, 'eu-west-1'));
  expect(outputs.ScheduleGroupName?.Value).toBe('Blocklist-prod');
  expect(only(stack, 'AWS::Scheduler::ScheduleGroup').Properties.Name).toBe('Blocklist-prod');
  expect(text(outputs.ApiUrl?.Value)).toBe(`https://<${api}>.execute-api.eu-west-1.<AWS::URLSuffix>/prod`);
  expect(text(synthesize('publicUrl').outputs.ApiUrl?.Value)).toBe(`https://blocklist.example.com/<${api}>`);
});

function tableOf(stack: Synthesized) {
  return asTable(only(withoutKeys(stack), 'AWS::DynamoDB::GlobalTable'));
}

function asTable({ Properties }: Resource) {
  const replica = z.looseObject({
    DeletionProtectionEnabled: z.boolean(),
    PointInTimeRecoverySpecification: z.unknown(),
    SSESpecification: z.looseObject({ KMSMasterKeyId: z.unknown() }).optional(),
  });
  return z.looseObject({ Replicas: z.tuple([replica], z.unknown()) }).parse(Properties);
}
