import { Aws, type CfnElement, Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import { Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENV, type WORKFLOW_HANDLERS } from '../../lambdas/contract.ts';
import type { BlocklistFunction } from './blocklist-function.ts';
import { bulkDefinition, MAP_LABEL } from './bulk-definition.ts';
import type { DataProtection } from './data-protection.ts';

export interface BulkWorkflowProps {
  readonly protection: DataProtection;
  readonly functions: Readonly<Record<keyof typeof WORKFLOW_HANDLERS, BlocklistFunction>>;
  /** Chunks of one job that run at the same time. */
  readonly concurrency: number;
  /** Hours after which the chunks of a job end by themselves. */
  readonly deadlineHours: number;
}

/**
 * Hours that an execution may outlive its job's deadline, so that it always ends through `finish-job` and never by being
 * cut off. A chunk that began just before the deadline may need, at worst, 39 minutes in `process-chunk` and as many in
 * `fail-chunk` (4 attempts of 130 s, 35 s between them, 29 minutes of a crowded account), then 51 in `finish-job`. Later
 * passes see the deadline and end at once.
 */
const HOURS_AFTER_DEADLINE = 3;

/**
 * The workflow of a job: input `{jobId, chunks: [0, 1, …]}`, a chunk at a time through `process-chunk`, then `finish-job`.
 * Its role is written out here, since CDK's own grants would hold wildcards over the functions' versions.
 */
export class BulkWorkflow extends Construct {
  readonly stateMachineArn: string;
  constructor(scope: Construct, id: string, props: BulkWorkflowProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', {
      description: 'Blocklist: bulk workflow',
      // Step Functions on behalf of this account's machines only.
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
      inlinePolicies: {
        InvokeFunctions: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: Object.values(props.functions).map(({ lambda }) => lambda.functionArn),
            }),
          ],
        }),
        Observe: new PolicyDocument({ statements: observeStatements() }),
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Log deliveries and X-Ray know no resources: these actions can only be allowed on all.',
    });

    const stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      comment: 'Blocks or unblocks the users of one job, chunk by chunk',
      definitionBody: DefinitionBody.fromChainable(
        bulkDefinition(this, { functions: props.functions, concurrency: props.concurrency }),
      ),
      timeout: Duration.hours(props.deadlineHours + HOURS_AFTER_DEADLINE),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      // No execution data: ids only pass through, and what is not logged cannot leak.
      logs: { destination: this.#logGroup(props.protection), level: LogLevel.ALL, includeExecutionData: false },
    });
    this.stateMachineArn = stateMachine.stateMachineArn;

    // CDK's version of what `#allowChunks` says, with redrive as well: attached to nothing, but found by checks.
    stateMachine.node.tryRemoveChild('DistributedMapPolicy');
    this.#allowChunks(role, stateMachine);
  }

  /** Lets the function start a job's execution. */
  grantStart(fn: BlocklistFunction): void {
    fn.setEnvironment({ [ENV.stateMachineArn]: this.stateMachineArn });
    fn.allow({ actions: ['states:StartExecution'], resources: [this.stateMachineArn] });
  }

  /**
   * The machine runs each chunk as an execution of its own. In a policy beside the role's, because the machine needs its
   * role before it has the name that this policy names.
   */
  #allowChunks(role: Role, stateMachine: StateMachine): void {
    const suffixes = [':*', `/${MAP_LABEL}:*`];
    const policy = new Policy(this, 'RunChunks', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.stateMachineArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: suffixes.map(
            (suffix) =>
              `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:execution:${stateMachine.stateMachineName}${suffix}`,
          ),
        }),
      ],
    });
    const logicalId = Stack.of(this).getLogicalId(stateMachine.node.defaultChild as CfnElement);
    Validations.of(policy).acknowledge(
      ...suffixes.map((suffix) => ({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalId}.Name>${suffix}]`,
        reason: 'The executions of this one machine, whose names are made when they start.',
      })),
    );
  }

  /**
   * Logs of Step Functions need `/aws/vendedlogs/`: under any other name each log group takes room in the account's one
   * resource policy for log delivery, which holds 5,120 characters. The stack's own id keeps the name unlike any other.
   */
  #logGroup(protection: DataProtection) {
    const stack = Stack.of(this);
    return protection.logGroup(
      this,
      'Logs',
      `/aws/vendedlogs/states/${stack.stackName}-${Fn.select(2, Fn.split('/', stack.stackId))}`,
    );
  }
}

/** Actions that Step Functions documents for writing its log and its trace. */
function observeStatements(): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: [
        'logs:CreateLogDelivery',
        'logs:GetLogDelivery',
        'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:DescribeResourcePolicies',
        'logs:DescribeLogGroups',
      ],
      resources: ['*'],
    }),
    new PolicyStatement({
      actions: [
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
      ],
      resources: ['*'],
    }),
  ];
}
