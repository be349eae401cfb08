import { Aws, type CfnElement, Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import { Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  DefinitionBody,
  type IChainable,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { BlocklistFunction } from './blocklist-function.ts';
import type { DataProtection } from './data-protection.ts';

export interface WorkflowProps {
  readonly protection: DataProtection;
  /** Distinguishes its log group and alarms from those of another workflow. */
  readonly name: string;
  readonly comment: string;
  /** The functions that the definition calls. */
  readonly functions: readonly BlocklistFunction[];
  readonly definition: (scope: Construct) => IChainable;
  /** Label of the definition's distributed Map: part of the ARN of the executions of its items. */
  readonly mapLabel: string;
  readonly timeoutHours: number;
  /** The environment variable that names the workflow to start. */
  readonly arnVariable: string;
  /** Other variables of the functions that start it. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A standard state machine around one distributed Map. Its role is written here, since CDK's own grants would have wildcards
 * for the versions of the functions.
 */
export class Workflow extends Construct {
  readonly name: string;
  readonly stateMachine: StateMachine;
  readonly #arnVariable: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.name = props.name;
    this.#arnVariable = props.arnVariable;
    this.#environment = props.environment ?? {};
    const role = this.#createRole(props);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineType: StateMachineType.STANDARD,
      comment: props.comment,
      definitionBody: DefinitionBody.fromChainable(props.definition(this)),
      timeout: Duration.hours(props.timeoutHours),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      // No execution data: only ids pass through, and what is not logged cannot leak.
      logs: { destination: this.#logGroup(props), level: LogLevel.ALL, includeExecutionData: false },
    });
    // CDK's version of the policy of `#allowItems`, with redrive too. It is attached to nothing, but checks find it.
    this.stateMachine.node.tryRemoveChild('DistributedMapPolicy');
    this.#allowItems(role, props.mapLabel);
  }

  get stateMachineArn(): string {
    return this.stateMachine.stateMachineArn;
  }

  /** Lets the function start an execution. */
  grantStart(fn: BlocklistFunction): void {
    fn.setEnvironment({ [this.#arnVariable]: this.stateMachineArn, ...this.#environment });
    fn.allow({ actions: ['states:StartExecution'], resources: [this.stateMachineArn] });
    // If a caller could start it before its role has the policy for its Map, the execution would fail.
    fn.lambda.node.addDependency(this);
  }

  /**
   * Lets the function read the state of an execution that was started by name, but not of the executions of the Map's items.
   * It is in a policy of its own because of its wildcard: the names are chosen when executions start.
   */
  grantDescribe(fn: BlocklistFunction): void {
    const suffix = ':*';
    const policy = new Policy(fn, 'DescribeExecutions', {
      roles: [fn.role],
      statements: [
        new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [this.#executionArn(suffix)] }),
      ],
    });
    this.#acknowledgeNames(policy, [suffix]);
    fn.lambda.node.addDependency(policy);
  }

  #createRole({ name, functions }: WorkflowProps): Role {
    const role = new Role(this, 'Role', {
      description: `Blocklist: workflow ${name}`,
      // Step Functions on behalf of this account's machines only.
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: {
        InvokeFunctions: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: functions.map(({ lambda }) => lambda.functionArn),
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
    return role;
  }

  /**
   * The machine runs each item of its Map as an execution of its own. This is in a policy of its own, because the machine
   * needs its role before it has the name that this policy contains.
   */
  #allowItems(role: Role, label: string): void {
    const suffixes = [':*', `/${label}:*`];
    const policy = new Policy(this, `Run${label}`, {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.stateMachineArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: suffixes.map((suffix) => this.#executionArn(suffix)),
        }),
      ],
    });
    this.#acknowledgeNames(policy, suffixes);
  }

  #executionArn(suffix: string): string {
    const { stateMachineName } = this.stateMachine;
    return `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:execution:${stateMachineName}${suffix}`;
  }

  #acknowledgeNames(policy: Policy, suffixes: readonly string[]): void {
    const logicalId = Stack.of(this).getLogicalId(this.stateMachine.node.defaultChild as CfnElement);
    Validations.of(policy).acknowledge(
      ...suffixes.map((suffix) => ({
        id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${logicalId}.Name>${suffix}]`,
        reason: 'The executions of this one machine, whose names are made when they start.',
      })),
    );
  }

  /**
   * Logs of Step Functions need the prefix `/aws/vendedlogs/`. With any other name, each log group takes space in the
   * account's one resource policy for log delivery, which has 5,120 characters. The stack's own id makes the name unique.
   */
  #logGroup({ protection, name }: WorkflowProps) {
    const stack = Stack.of(this);
    const stackId = Fn.select(2, Fn.split('/', stack.stackId));
    return protection.logGroup(this, 'Logs', `/aws/vendedlogs/states/${stack.stackName}-${name}-${stackId}`);
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
