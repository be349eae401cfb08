import { Aws, type CfnElement, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { patternsOf, type Route, type Scope } from '../../lambdas/contract/routes.ts';

export interface CallerPoliciesProps {
  readonly api: RestApi;
  readonly stageName: string;
  /** Those of the API. */
  readonly routes: readonly Route[];
}

interface CallerRole {
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly description: string;
}

/** The kinds of callers, each with all permissions that it needs: one of these policies is enough for a caller. */
const ROLES: readonly CallerRole[] = [
  { id: 'Reader', scopes: ['read'], description: 'Looks up users, lists, histories, operations and jobs' },
  { id: 'Agent', scopes: ['read', 'write'], description: 'Looks up, blocks and unblocks, also by jobs' },
  {
    id: 'Operator',
    scopes: ['read', 'write', 'operate'],
    description: 'Looks up, blocks, unblocks, cancels and retries jobs, reconciles, protects users',
  },
  { id: 'WebhookForwarder', scopes: ['webhook'], description: 'Forwards the webhooks of WhatsApp' },
  { id: 'KeyManager', scopes: ['keys'], description: 'Makes, lists, rotates and revokes keys of callers' },
];

/** Policies to attach to the roles and users that call the API: for the team, since the stack knows no caller. */
export class CallerPolicies extends Construct {
  constructor(scope: Construct, id: string, { api, stageName, routes }: CallerPoliciesProps) {
    super(scope, id);
    const apiLogicalId = Stack.of(this).getLogicalId(api.node.defaultChild as CfnElement);
    const stage = `arn:${Aws.PARTITION}:execute-api:${Aws.REGION}:${Aws.ACCOUNT_ID}:${api.restApiId}/${stageName}`;
    for (const role of ROLES) {
      const patterns = patternsOf(routes.filter(({ scope }) => role.scopes.includes(scope)));
      if (patterns.length === 0) continue;
      const policy = new ManagedPolicy(this, role.id, {
        description: `${Stack.of(this).stackName}: ${role.description}`,
        statements: [
          new PolicyStatement({
            actions: ['execute-api:Invoke'],
            resources: patterns.map((pattern) => `${stage}/${pattern}`),
          }),
        ],
      });
      // The variables of the routes: versions, numbers, users and jobs of callers.
      const withVariables = patterns.filter((pattern) => pattern.includes('*'));
      Validations.of(policy).acknowledge(
        ...withVariables.map((pattern) => ({
          id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${apiLogicalId}>/${stageName}/${pattern}]`,
          reason: 'One route of this API, whose path has a version, a number, a user or a job in it.',
        })),
      );
      const output = new CfnOutput(this, `${role.id}PolicyArn`, {
        value: policy.managedPolicyArn,
        description: role.description,
      });
      output.overrideLogicalId(`${role.id}PolicyArn`);
    }
  }
}
