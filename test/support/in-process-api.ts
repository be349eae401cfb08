import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { ENV, SECRET_PLACEHOLDER } from '../../lambdas/contract.ts';
import { startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { createTable, localDynamoDb } from './dynamodb-table.ts';

export const NUMBER = '106540352242922';
export const TOKEN = 'EAA-local-simulator-token';

const response = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });

export interface ApiCall {
  /** Percent-encoded, as after the stage. */
  readonly path: string;
  readonly body?: unknown;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly phoneNumberId?: string;
}

/**
 * The handlers in this process, as the composition root builds them from the environment, over MiniStack's DynamoDB,
 * Secrets Manager and Step Functions, and a Graph simulator of their own. The workflow's steps are called by the test.
 */
export async function createInProcessApi(endpoint: string) {
  const simulator = await startGraphSimulator();
  const name = `api-${randomUUID()}`;
  const aws = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const dynamodb = localDynamoDb(endpoint);
  const secrets = new SecretsManagerClient(aws);
  await createTable(dynamodb, name);
  const secret = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: SECRET_PLACEHOLDER }));
  const machine = await new SFNClient(aws).send(
    new CreateStateMachineCommand({
      name,
      roleArn: 'arn:aws:iam::000000000000:role/none',
      definition: JSON.stringify({ StartAt: 'End', States: { End: { Type: 'Succeed' } } }),
    }),
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [ENV.tableName]: name,
    [ENV.secretArn]: secret.ARN,
    [ENV.stateMachineArn]: machine.stateMachineArn,
    [ENV.graphVersion]: 'v25.0',
    [ENV.metaBaseUrl]: simulator.url,
    [ENV.splashifyBaseUrl]: `${simulator.url}/api`,
    [ENV.graphTimeoutMs]: '700',
    [ENV.chunkSize]: '1000',
    [ENV.listLimit]: '64000',
    [ENV.auditRetentionDays]: '730',
    [ENV.jobRetentionDays]: '90',
    [ENV.tombstoneDays]: '30',
    [ENV.jobDeadlineHours]: '6',
    [ENV.publicUrl]: 'https://api.test/live',
  });

  /** Imported only now: a container reads its environment when it first works. */
  const handlers = {
    POST: (await import('../../lambdas/handlers/block-users.ts')).handler,
    DELETE: (await import('../../lambdas/handlers/unblock-users.ts')).handler,
    LIST: (await import('../../lambdas/handlers/list-blocked-users.ts')).handler,
    USER: (await import('../../lambdas/handlers/get-blocked-user.ts')).handler,
    HISTORY: (await import('../../lambdas/handlers/get-user-history.ts')).handler,
    JOB: (await import('../../lambdas/handlers/get-job.ts')).handler,
    JOB_USERS: (await import('../../lambdas/handlers/list-job-users.ts')).handler,
    HEALTH: (await import('../../lambdas/handlers/health.ts')).handler,
  };
  const processChunk = (await import('../../lambdas/handlers/process-chunk.ts')).handler;
  const finishJob = (await import('../../lambdas/handlers/finish-job.ts')).handler;

  async function call(route: keyof typeof handlers, path: Record<string, string>, request: Partial<ApiCall> = {}) {
    const method = route === 'POST' || route === 'DELETE' ? route : 'GET';
    const answer = response.parse(
      await handlers[route]({
        httpMethod: method,
        headers: { Host: 'api.test', ...request.headers },
        queryStringParameters: request.query ?? null,
        pathParameters: path,
        body: request.body === undefined ? null : JSON.stringify(request.body),
        isBase64Encoded: false,
        requestContext: {
          requestId: randomUUID(),
          resourcePath: `/${Object.keys(path).join('/')}/block_users`,
          path: `/live/${Object.values(path).join('/')}/block_users`,
          identity: { userArn: 'arn:aws:iam::111122223333:role/support' },
        },
      }),
    );
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: z.looseObject({}).parse(JSON.parse(answer.body)),
    };
  }

  const target = { version: 'v25.0', phoneNumberId: NUMBER };
  const entries = (users: readonly string[]) => users.map((user) => ({ user }));

  return {
    simulator,
    dynamodb,
    tableName: name,
    call,
    target,
    block: (users: readonly string[], more: { headers?: Record<string, string>; body?: object } = {}) =>
      call('POST', target, {
        headers: more.headers ?? {},
        body: { messaging_product: 'whatsapp', block_users: entries(users), ...more.body },
      }),
    unblock: (users: readonly string[]) =>
      call('DELETE', target, { body: { messaging_product: 'whatsapp', block_users: entries(users) } }),
    /** The state machine in short: each chunk until it is done, without its waits, then the end of the job. */
    async runJob(jobId: string, chunks: number) {
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        for (let pass = 0; (await processChunk({ jobId, chunk })).result !== 'done'; pass += 1) {
          if (pass > 50) throw new Error('The chunk never ends');
        }
      }
      await finishJob({ jobId });
    },
    async putToken(secretString: string) {
      await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: secretString }));
    },
    async readSecret() {
      return (await secrets.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
    },
    stop: () => simulator.stop(),
  };
}

export type InProcessApi = Awaited<ReturnType<typeof createInProcessApi>>;
