import { join } from 'node:path';
import * as z from 'zod';
import { ENV } from '../../lambdas/contract/environment.ts';
import { DynamoDbEmulatorClient } from '../dynamodb-emulator/client.ts';
import { type AwsStub, startAwsStub } from './aws-stub.ts';
import { Container, type Invocation } from './container.ts';
import { type ServerProcess, startServer } from './processes.ts';

const ROOT = join(import.meta.dirname, '../..');
export const TABLE_NAME = 'blocklist';

export interface EnvironmentOptions {
  /** Milliseconds that DynamoDB takes for each call. */
  readonly dynamoMs: number;
  /** Milliseconds that Graph takes for each call. */
  readonly graphMs: number;
}

/** All that the service talks to, each in a process of its own and at a fixed speed, and containers that run its handlers. */
export interface Environment {
  readonly graphUrl: string;
  readonly dynamoDb: DynamoDbEmulatorClient;
  readonly stub: AwsStub;
  /** Another container, with an environment as a deployed function has it. */
  container(): Container;
  /** What was called in all containers. */
  readonly invocations: Invocation[];
  /** Sets the simulator by a path of its control API. */
  setGraph(path: 'options' | 'users', value: object): Promise<void>;
  setGraphLatency(fixedMs: number): Promise<void>;
  /** Requests to Graph until now. */
  graphCalls(): Promise<number>;
  stop(): Promise<void>;
}

export async function startEnvironment({ dynamoMs, graphMs }: EnvironmentOptions): Promise<Environment> {
  const containers: Container[] = [];
  const invocations: Invocation[] = [];
  const servers: ServerProcess[] = [];
  const start = async (script: string, ...args: string[]) => {
    const server = await startServer(join(ROOT, script), args);
    servers.push(server);
    return server.url;
  };
  const graphUrl = await start('local/graph-simulator/main.ts');
  const dynamoUrl = await start('bench/dynamodb-emulator/main.ts', String(dynamoMs));
  const stub = await startAwsStub(JSON.stringify({ default: { token: 'EAA-local-simulator-token' } }));
  const env = variables(dynamoUrl, stub.url, graphUrl);
  const environment: Environment = {
    graphUrl,
    dynamoDb: new DynamoDbEmulatorClient(dynamoUrl),
    stub,
    invocations,
    container() {
      const container = new Container(env, invocations);
      containers.push(container);
      return container;
    },
    async setGraph(path, value) {
      const answer = await fetch(`${graphUrl}/_simulator/${path}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(value),
      });
      if (!answer.ok) throw new Error(`The simulator took no ${path}: ${await answer.text()}`);
    },
    setGraphLatency: (fixedMs) => environment.setGraph('options', { latency: { fixedMs } }),
    async graphCalls() {
      const answer = await fetch(`${graphUrl}/_simulator/counters`);
      return z.looseObject({ requests: z.number() }).parse(await answer.json()).requests;
    },
    async stop() {
      await Promise.all([...containers, ...servers, stub].map((one) => one.stop()));
    },
  };
  await environment.setGraphLatency(graphMs);
  return environment;
}

/** Whose absence means something. */
type Optional = typeof ENV.callerNumbers | typeof ENV.keysTableName | typeof ENV.keyPublicUrl | typeof ENV.scope;
type Variables = Record<Exclude<(typeof ENV)[keyof typeof ENV], Optional>, string>;

/** Every variable that any function has, at the values of the default configuration: a new one is missed by the compiler. */
function variables(dynamoUrl: string, awsUrl: string, graphUrl: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [ENV.tableName]: TABLE_NAME,
    [ENV.secretArn]: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:graph',
    [ENV.stateMachineArn]: 'arn:aws:states:us-east-1:111122223333:stateMachine:bulk',
    [ENV.reconciliationArn]: 'arn:aws:states:us-east-1:111122223333:stateMachine:reconciliation',
    [ENV.graphVersion]: 'v25.0',
    [ENV.metaBaseUrl]: graphUrl,
    [ENV.splashifyBaseUrl]: `${graphUrl}/api`,
    [ENV.graphTimeoutMs]: '20000',
    [ENV.chunkSize]: '1000',
    [ENV.listLimit]: '64000',
    [ENV.auditRetentionDays]: '730',
    [ENV.jobRetentionDays]: '90',
    [ENV.tombstoneDays]: '30',
    [ENV.deferDays]: '30',
    [ENV.jobDeadlineHours]: '6',
    [ENV.jobIdleMinutes]: '15',
    [ENV.trustUnsigned]: 'false',
    [ENV.openJobsPerNumber]: '100',
    [ENV.openJobsPerCaller]: '50',
    [ENV.reconciliationsPerHour]: '60',
    [ENV.tokenWarningDays]: '14',
    [ENV.serviceStage]: 'bench',
    [ENV.publicUrl]: 'https://blocklist.bench/live',
  } satisfies Variables & Record<string, string>;
}
