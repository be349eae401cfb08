import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Tags } from 'aws-cdk-lib';
import { afterAll } from 'vitest';
import * as z from 'zod';
import project from '../../cdk.json' with { type: 'json' };
import { BlocklistStack } from '../../lib/blocklist-stack.ts';
import { parseConfig } from '../../lib/config.ts';

/** Every configuration that changes what is deployed. */
export const CONFIGURATIONS = {
  dev: { stage: 'dev' },
  prod: { stage: 'prod' },
  local: { stage: 'local', graph: { metaBaseUrl: 'http://127.0.0.1:4010' } },
  private: {
    stage: 'prod',
    endpoint: { type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0', 'vpce-0fedcba9876543210'] },
  },
  customerManagedKey: { stage: 'prod', customerManagedKey: true },
  destroy: { stage: 'prod', removalPolicy: 'destroy' },
  tuned: {
    stage: 'prod',
    reservedConcurrency: { api: 5, worker: 4 },
    jobs: { idleMinutes: 5 },
    reconcile: { concurrency: 7 },
    schedules: {
      reconcile: '1 minute',
      expire: '1 minute',
      deferred: '2 hours',
      sweep: '90 minutes',
      tokenCheck: '2 days',
    },
    deferDays: 7,
    webhooks: { trustUnsigned: true },
    tokenWarningDays: 30,
    warmThroughput: { writeUnitsPerSecond: 20_000 },
  },
  callers: {
    stage: 'prod',
    callerNumbers: { 'arn:aws:iam::444455556666:role/team/support': ['106540352242922', '106540352242923'] },
    callerAccounts: ['444455556666', '777788889999'],
  },
  privateCallers: {
    stage: 'prod',
    endpoint: { type: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0'] },
    callerAccounts: ['444455556666'],
  },
  withoutAccountRole: { stage: 'prod', apiGatewayAccountRole: false },
  publicUrl: { stage: 'prod', publicUrl: 'https://blocklist.example.com/{apiId}/' },
  schedulesOff: {
    stage: 'prod',
    schedules: { reconcile: 'off', expire: 'off', deferred: 'off', sweep: 'off', tokenCheck: 'off' },
    alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms',
  },
} as const;

/** Where the templates are for; the CLI says it to the app. */
export const ENVIRONMENT = { account: '111122223333', region: 'eu-west-1' };

export type Configuration = keyof typeof CONFIGURATIONS;
export const ALL_CONFIGURATIONS = Object.keys(CONFIGURATIONS) as Configuration[];

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  DependsOn: z.array(z.string()).default([]),
});
const template = z.looseObject({
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })),
});

export interface Resource extends z.output<typeof resource> {
  readonly id: string;
}

export interface Synthesized {
  readonly app: App;
  readonly stack: BlocklistStack;
  readonly json: unknown;
  readonly outputs: z.output<typeof template>['Outputs'];
  readonly resources: readonly Resource[];
  readonly terminationProtection: boolean | undefined;
  /** Folder of the assembly. */
  readonly directory: string;
}

const synthesized = new Map<string, Synthesized>();

/**
 * The stack of a configuration, with the flags of `cdk.json`. Functions are bundled, and the template held against the rules
 * of CloudFormation, only when that is asked for: both are slow.
 */
export function synthesize(
  configuration: Configuration,
  { bundle = false, validate = false, isFirstDeploy = false } = {},
): Synthesized {
  const key = `${configuration} ${bundle} ${validate} ${isFirstDeploy}`;
  const known = synthesized.get(key);
  if (known) return known;
  const directory = mkdtempSync(join(tmpdir(), 'blocklist-template-'));
  const app = new App({
    outdir: directory,
    builtinCloudFormationValidation: validate,
    context: {
      ...project.context,
      ...(!bundle && { 'aws:cdk:bundling-stacks': [] }),
    },
  });
  const { stage, ...settings } = CONFIGURATIONS[configuration];
  const config = parseConfig(stage, [{ from: '', settings }], ENVIRONMENT.region);
  const stack = new BlocklistStack(app, `Blocklist-${config.stage}`, { config, isFirstDeploy, env: ENVIRONMENT });
  Tags.of(app).add('service', 'blocklist');
  const artifact = app.synth().getStackArtifact(stack.artifactId);
  const { Resources, Outputs } = template.parse(artifact.template);
  const result: Synthesized = {
    app,
    stack,
    json: artifact.template,
    outputs: Outputs,
    resources: Object.entries(Resources).map(([id, properties]) => ({ id, ...properties })),
    terminationProtection: artifact.terminationProtection,
    directory,
  };
  synthesized.set(key, result);
  return result;
}

afterAll(() => {
  for (const { directory } of synthesized.values()) rmSync(directory, { recursive: true, force: true });
});

export function ofType({ resources }: Synthesized, type: string): Resource[] {
  return resources.filter((one) => one.Type === type);
}

/** The one resource of a type. */
export function only(synthesis: Synthesized, type: string): Resource {
  const [first, ...others] = ofType(synthesis, type);
  if (!first || others.length > 0) throw new Error(`${type}: not one, but ${others.length + (first ? 1 : 0)}`);
  return first;
}

export function byId({ resources }: Synthesized, id: unknown): Resource {
  const found = resources.find((one) => one.id === id);
  if (!found) throw new Error(`There is no resource ${String(id)}`);
  return found;
}

/** The logical id that a reference, or an attribute, points at. */
export function target(value: unknown): string {
  const parsed = z
    .union([z.strictObject({ Ref: z.string() }), z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })])
    .parse(value);
  return 'Ref' in parsed ? parsed.Ref : parsed['Fn::GetAtt'][0];
}

/** The state machine that an output names. */
export function machineOf(synthesis: Synthesized, output: 'StateMachineArn' | 'ReconciliationArn'): Resource {
  return byId(synthesis, target(synthesis.outputs[output]?.Value));
}

/** A value as text, with references as `<Id>` and attributes as `<Id.Attribute>`. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) throw new Error(`Not a text: ${JSON.stringify(value)}`);
  if ('Ref' in value) return `<${String(value.Ref)}>`;
  if ('Fn::GetAtt' in value) return `<${z.array(z.string()).parse(value['Fn::GetAtt']).join('.')}>`;
  if ('Fn::Join' in value) {
    const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(value['Fn::Join']);
    return parts.map(text).join(separator);
  }
  return JSON.stringify(value);
}

/** The functions by the handler that they run, with their environment as text. */
export function functionsOf(synthesis: Synthesized) {
  return new Map(
    ofType(synthesis, 'AWS::Lambda::Function').map((fn) => {
      const role = byId(synthesis, target(fn.Properties.Role));
      const handler = String(role.Properties.Description).replace('Blocklist: ', '');
      const { Variables } = z
        .strictObject({ Variables: z.record(z.string(), z.unknown()) })
        .parse(fn.Properties.Environment);
      const environment = Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, text(value)]));
      return [handler, { ...fn, handler, role, environment }] as const;
    }),
  );
}

/** The schedules by their names, with the logical id of the queue of each. */
export function schedulesOf(synthesis: Synthesized) {
  const schedule = z.looseObject({
    Name: z.string(),
    Target: z.looseObject({ Arn: z.unknown(), RoleArn: z.unknown(), DeadLetterConfig: z.object({ Arn: z.unknown() }) }),
  });
  return new Map(
    ofType(synthesis, 'AWS::Scheduler::Schedule').map(({ Properties }) => {
      const { Name, Target } = schedule.parse(Properties);
      return [Name, { Properties, Target, queue: target(Target.DeadLetterConfig.Arn) }] as const;
    }),
  );
}

const statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown().optional(),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.unknown()).optional(),
});
export const policyDocument = z.looseObject({ Statement: z.array(statement) });

export interface Statement {
  /** Logical id of the role, the key or the API that it belongs to. */
  readonly owner: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principal: unknown;
  readonly condition: unknown;
}

export function statementsOf(owner: string, document: unknown): Statement[] {
  return policyDocument.parse(document).Statement.map((one) => ({
    owner,
    effect: one.Effect,
    actions: [one.Action].flat(),
    resources: one.Resource === undefined ? [] : [one.Resource].flat().map(text),
    principal: one.Principal,
    condition: one.Condition,
  }));
}

/** What identities may do: the policies in roles and beside them. */
export function identityStatements(synthesis: Synthesized): Statement[] {
  const inline = z.array(z.looseObject({ PolicyDocument: z.unknown() })).default([]);
  return [
    ...ofType(synthesis, 'AWS::IAM::Role').flatMap((role) =>
      inline.parse(role.Properties.Policies).flatMap(({ PolicyDocument }) => statementsOf(role.id, PolicyDocument)),
    ),
    ...ofType(synthesis, 'AWS::IAM::Policy').flatMap((policy) =>
      z
        .array(z.unknown())
        .parse(policy.Properties.Roles)
        .flatMap((role) => statementsOf(target(role), policy.Properties.PolicyDocument)),
    ),
  ];
}
