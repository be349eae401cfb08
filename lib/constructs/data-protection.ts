import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type PolicyStatementProps, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface DataProtectionProps {
  readonly removalPolicy: 'retain' | 'destroy';
  readonly logRetention: RetentionDays;
  /** Encrypt with a key of the team's own; otherwise AWS's keys encrypt. */
  readonly customerManagedKey: boolean;
}

/** Anything that can get a permission. */
interface Grantee {
  allow(statement: PolicyStatementProps): void;
}

/** How everything with data is kept: its encryption, the retention of logs, and what outlives the stack. */
export class DataProtection extends Construct {
  readonly encryptionKey: Key | undefined;
  /** For resources with data: they must outlive a deleted stack, but a first deploy that fails must leave nothing behind. */
  readonly removalPolicy: RemovalPolicy;
  readonly #logRetention: RetentionDays;

  constructor(scope: Construct, id: string, props: DataProtectionProps) {
    super(scope, id);
    this.removalPolicy =
      props.removalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
    this.#logRetention = props.logRetention;
    this.encryptionKey = props.customerManagedKey ? this.#createKey() : undefined;
  }

  /**
   * A log group with a retention, encrypted as configured.
   *
   * @param name only if a service asks for one. It must be unique to the stack, because a retained log group would otherwise
   * stop the next deploy.
   */
  logGroup(scope: Construct, id: string, name?: string): LogGroup {
    return new LogGroup(scope, id, {
      retention: this.#logRetention,
      removalPolicy: this.removalPolicy,
      ...(name !== undefined && { logGroupName: name }),
      ...(this.encryptionKey !== undefined && { encryptionKey: this.encryptionKey }),
    });
  }

  /** A queue for failed calls, encrypted as configured. Its messages are for people, so they stay as long as SQS allows. */
  deadLetterQueue(scope: Construct, id: string): Queue {
    const queue = new Queue(scope, id, {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
      ...(this.encryptionKey === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryption: QueueEncryption.KMS, encryptionMasterKey: this.encryptionKey }),
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, of a schedule: a kind of use that the rule does not look for.',
    });
    return queue;
  }

  /** The statements that allow sending to such a queue: two if a key of the team's own encrypts it, otherwise one. */
  sendStatements(queue: Queue): PolicyStatementProps[] {
    return [
      { actions: ['sqs:SendMessage'], resources: [queue.queueArn] },
      ...this.#useStatements(`sqs.${Stack.of(this).region}.amazonaws.com`, ['Decrypt', 'GenerateDataKey']),
    ];
  }

  /** Lets a function use the key through one service only. Does nothing if AWS's keys encrypt. */
  allowUse(fn: Grantee, service: string, operations: readonly string[]): void {
    for (const statement of this.#useStatements(service, operations)) fn.allow(statement);
  }

  /** The same for the items of a table: DynamoDB uses the key on behalf of its caller. */
  allowDynamoDb(fn: Grantee): void {
    this.allowUse(fn, `dynamodb.${Stack.of(this).region}.amazonaws.com`, [
      'Decrypt',
      'DescribeKey',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
    ]);
  }

  #useStatements(service: string, operations: readonly string[]): PolicyStatementProps[] {
    if (this.encryptionKey === undefined) return [];
    return [
      {
        actions: operations.map((operation) => `kms:${operation}`),
        resources: [this.encryptionKey.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': service } },
      },
    ];
  }

  /** It has no alias: a retained name would stop the next deploy. */
  #createKey(): Key {
    const key = new Key(this, 'Key', {
      description: 'Blocklist: table, token secret, logs and dead letters',
      enableKeyRotation: true,
      removalPolicy: this.removalPolicy,
    });
    const stack = Stack.of(this);
    // CloudWatch Logs uses the key itself. DynamoDB and Secrets Manager use it on behalf of their caller.
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
        // As CloudWatch Logs documents it for an encrypted log group.
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
              service: 'logs',
              resource: 'log-group',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    return key;
  }
}
