import { join } from 'node:path';
import * as z from 'zod';
import { ENV } from '../../lambdas/contract/environment.ts';
import { ALL_FUNCTIONS } from '../../lambdas/contract/functions.ts';
import { baseUrlName, PROVIDER_NAMES } from '../../lambdas/contract/providers.ts';
import { parseConfig } from '../../lib/config.ts';
import { settingsOf } from '../../lib/constructs/function-settings.ts';
import type { Control } from '../dynamodb-emulator/server.ts';
import { startAwsStub } from './aws-stub.ts';
import { Container, type Invocation } from './container.ts';
import { SIMULATOR_TOKEN } from './events.ts';
import type { GraphControl } from './graph-server.ts';

const number = z.number();
const graphState = z.object({ url: z.string(), requests: number });
const calls = z.record(z.string(), number);
const dynamoDbState = z.object({ url: z.string(), calls, readUnits: number, writeUnits: number });

/** Milliseconds that DynamoDB and Graph take for each call. */
type Speeds = Readonly<Record<'dynamoMs' | 'graphMs', number>>;

export type Environment = Awaited<ReturnType<typeof startEnvironment>>;

/** Starts an environment, uses it and stops it. */
export async function withEnvironment<T>(speeds: Speeds, use: (environment: Environment) => Promise<T>): Promise<T> {
  const environment = await startEnvironment(speeds);
  try {
    return await use(environment);
  } finally {
    await environment.stop();
  }
}

/** All that the service talks to, each in a process of its own and at a fixed speed, and containers that run its handlers. */
async function startEnvironment({ dynamoMs, graphMs }: Speeds) {
  const containers: Container[] = [];
  /** What was called in the containers of the service. */
  const invocations: Invocation[] = [];
  const start = (env: Readonly<Record<string, string>>, called?: Invocation[]) => {
    const container = new Container(env, called);
    containers.push(container);
    return container;
  };
  const [graphServer, dynamoServer] = [start({}), start({})];
  const server = (name: string) => join(import.meta.dirname, `${name}.ts`);
  /** Sets the simulator of Graph; gives the requests until now. */
  const graph = async (set: GraphControl = {}) =>
    graphState.parse((await graphServer.invoke(server('graph-server'), set)).result);
  /** Sets DynamoDB; gives what was counted until now. */
  const dynamoDb = async (set: Control = {}) =>
    dynamoDbState.parse((await dynamoServer.invoke(server('dynamodb-server'), set)).result);
  const stub = await startAwsStub(JSON.stringify({ default: { token: SIMULATOR_TOKEN } }));
  const graphUrl = (await graph({ latencyMs: graphMs })).url;
  const env = variables((await dynamoDb({ latencyMs: dynamoMs })).url, stub.url, graphUrl);
  return {
    graphUrl,
    graph,
    dynamoDb,
    stub,
    invocations,
    /** Another container, with an environment as a deployed function has it. */
    container: () => start(env, invocations),
    async stop() {
      await Promise.all([...containers, stub].map((one) => one.stop()));
    },
  };
}

/** Every variable that any function has: the settings at their defaults, and what comes with grants. */
function variables(dynamoUrl: string, awsUrl: string, graphUrl: string): Record<string, string> {
  const config = parseConfig('prod', [{ from: '', settings: {} }]);
  return {
    ...Object.fromEntries(ALL_FUNCTIONS.flatMap(([name, spec]) => Object.entries(settingsOf(name, spec, config)))),
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...Object.fromEntries(PROVIDER_NAMES.map((name) => [ENV[baseUrlName(name)], graphUrl])),
    [ENV.tableName]: 'blocklist',
    [ENV.keysTableName]: 'keys',
    [ENV.secretArn]: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:graph',
    [ENV.stateMachineArn]: 'arn:aws:states:us-east-1:111122223333:stateMachine:bulk',
    [ENV.jobLanes]: '4',
    [ENV.reconciliationArn]: 'arn:aws:states:us-east-1:111122223333:stateMachine:reconciliation',
    [ENV.eventBusName]: 'blocklist',
    [ENV.serviceStage]: 'bench',
    // Of the functions that are called with a key here.
    [ENV.scope]: 'write',
    [ENV.publicUrl]: 'https://blocklist.bench/live',
  };
}
