import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import * as z from 'zod';
import { type Configuration, fileOf } from './configurations.ts';

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
  DependsOn: z.array(z.string()).default([]),
});
const template = z.looseObject({
  Parameters: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })),
});

/** What the global setup writes. */
const written = z.object({ json: z.unknown(), terminationProtection: z.boolean().optional() });

export interface Resource extends z.output<typeof resource> {
  readonly id: string;
}

export interface Synthesized {
  readonly json: unknown;
  readonly outputs: z.output<typeof template>['Outputs'];
  readonly parameters: readonly string[];
  readonly resources: readonly Resource[];
  readonly terminationProtection: boolean | undefined;
}

/** The stack of a configuration, as the global setup of these tests has synthesised it. */
export function synthesize(configuration: Configuration, { isFirstDeploy = false } = {}): Synthesized {
  const file = join(inject('templates'), fileOf(configuration, isFirstDeploy));
  const { json, terminationProtection } = written.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { ...parseTemplate(json), terminationProtection };
}

export function parseTemplate(json: unknown): Synthesized {
  const { Parameters, Resources, Outputs } = template.parse(json);
  return {
    json,
    outputs: Outputs,
    parameters: Object.keys(Parameters),
    resources: Object.entries(Resources).map(([id, properties]) => ({ id, ...properties })),
    terminationProtection: undefined,
  };
}

/** The stack without the API for keys and their table: what every configuration has. */
export function withoutKeys(synthesis: Synthesized): Synthesized {
  return { ...synthesis, resources: synthesis.resources.filter(({ id }) => !/^Key(?:Api|s)/.test(id)) };
}

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

/** Routes and answers of an API that its deployment does not wait for: it could be made without them. */
export function notDeployed(stack: Synthesized): string[] {
  const { DependsOn } = only(stack, 'AWS::ApiGateway::Deployment');
  const types = ['AWS::ApiGateway::Method', 'AWS::ApiGateway::GatewayResponse'];
  return types.flatMap((type) => ofType(stack, type).map(({ id }) => id)).filter((id) => !DependsOn.includes(id));
}

/** The methods of the APIs, each with its route, its function, and who may call it. */
export function methodsOf(stack: Synthesized) {
  const functions = functionsOf(stack);
  const paths = new Map(
    ofType(stack, 'AWS::ApiGateway::Resource').map(({ id, Properties }) => [
      id,
      { part: text(Properties.PathPart), parent: target(Properties.ParentId) },
    ]),
  );
  const pathOf = (id: string): string => {
    const one = paths.get(id);
    return one ? `${pathOf(one.parent)}/${one.part}` : '';
  };
  return ofType(stack, 'AWS::ApiGateway::Method').map(({ Properties }) => {
    const integration = z.looseObject({ Type: z.string(), Uri: z.unknown() }).parse(Properties.Integration);
    const called = [...functions.values()].find(({ id }) => text(integration.Uri).includes(`<${id}.Arn>`));
    return {
      route: `${Properties.HttpMethod} ${pathOf(target(Properties.ResourceId))}`,
      handler: called?.handler ?? '',
      authorization: Properties.AuthorizationType,
      authorizer: Properties.AuthorizerId,
      integration: integration.Type,
    };
  });
}
