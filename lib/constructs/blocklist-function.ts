import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import {
  PolicyDocument,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENV } from '../../lambdas/contract/environment.ts';
import type { DataProtection } from './data-protection.ts';

export interface BlocklistFunctionProps {
  /** The entry point: `lambdas/handlers/<handler>.ts`, which exports `handler`. */
  readonly handler: string;
  /** Folder with the code of each handler, as `index.mjs` in a folder of its name. */
  readonly code: string;
  readonly description: string;
  readonly stage: string;
  readonly protection: DataProtection;
  readonly timeoutSeconds: number;
  /** Megabytes. The share of a CPU grows with it: 1,769 MB is one. */
  readonly memorySize: number;
  /** Reserved concurrent executions of this function; none by default. */
  readonly reservedConcurrency?: number | undefined;
}

/**
 * One handler as a function with its own role and log group. It may only write its log. The owner of a resource grants access
 * to it, together with the environment variable that names it.
 */
export class BlocklistFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly role: Role;
  readonly #policy = new PolicyDocument();

  constructor(scope: Construct, id: string, props: BlocklistFunctionProps) {
    super(scope, id);
    this.handler = props.handler;
    this.timeoutSeconds = props.timeoutSeconds;
    const logGroup = props.protection.logGroup(this, 'Logs');
    this.role = new Role(this, 'Role', {
      description: `Blocklist: ${props.handler}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      // In the role itself, not beside it: a policy of its own for each function would be one resource more of the stack's 500.
      inlinePolicies: { Function: this.#policy },
    });
    // Not AWSLambdaBasicExecutionRole, which may write to every log group of the account.
    this.allow({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] });
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: Code.fromAsset(join(props.code, props.handler)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      timeout: Duration.seconds(props.timeoutSeconds),
      role: this.role,
      logGroup,
      // The handlers write JSON lines; in any other format Lambda would put text around them.
      loggingFormat: LoggingFormat.JSON,
      environment: { [ENV.serviceStage]: props.stage },
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
  }

  /** Adds the permissions of `statement` to the function. */
  allow(statement: PolicyStatementProps): void {
    this.#policy.addStatements(new PolicyStatement(statement));
  }

  /** Sets environment variables, by the names of the contract. */
  setEnvironment(variables: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(variables)) this.lambda.addEnvironment(name, String(value));
  }
}

/** The construct id of a name in kebab case. */
export function pascalCase(kebab: string): string {
  return kebab.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
