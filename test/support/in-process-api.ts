import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { DynamoEventOutbox } from '../../lambdas/adapters/dynamo/outbox-store.ts';
import { SecretTokenSource } from '../../lambdas/adapters/secrets/token-source.ts';
import { ENV } from '../../lambdas/contract/environment.ts';
import { handlerOf } from '../../lambdas/contract/functions.ts';
import { baseUrlName, PROVIDER_NAMES } from '../../lambdas/contract/providers.ts';
import { DEFAULT_REASON_CODES } from '../../lambdas/contract/reasons.ts';
import { type Route, routes } from '../../lambdas/contract/routes.ts';
import { SECRET_PLACEHOLDER } from '../../lambdas/contract/token-secret.ts';
import type { WaitingEvent } from '../../lambdas/core/ports/event-outbox.ts';
import { checkAnswer } from '../../lambdas/openapi/check-answer.ts';
import { LOCAL_CREDENTIALS } from '../../local/cloud/loopback.ts';
import { startGraphSimulator } from '../../local/graph-simulator/server.ts';
import { providerAddress } from '../../local/provider-address.ts';
import { createTable, localDynamoDb } from './dynamodb-table.ts';
import { recording } from './recorded-calls.ts';

export const NUMBER = '106540352242922';
export const TOKEN = 'EAA-local-simulator-token';
export const ACTOR = 'arn:aws:iam::111122223333:role/support';

const response = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });

type Handler = (event: unknown) => Promise<unknown>;

export interface ApiCall {
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  /** The IAM principal that calls; `ACTOR` by default. */
  readonly actor?: string;
  /** In place of a principal: a key, which the authorizer looks up first. */
  readonly key?: string;
  /** In place of both: what the authorizer said of a key before, which API Gateway keeps for minutes. */
  readonly keptContext?: Readonly<Record<string, unknown>>;
  /** When API Gateway received it, in milliseconds; now by default. */
  readonly receivedMs?: number;
}

/**
 * The handlers in this process, as the composition root builds them from the environment, over MiniStack's DynamoDB,
 * Secrets Manager and Step Functions, and a Graph simulator of their own. The workflows' steps, and what a schedule calls,
 * are called by the test; the state machines only take what is started. `settings` come before the usual environment.
 */
export async function createInProcessApi(
  endpoint: string,
  settings: Partial<Record<(typeof ENV)[keyof typeof ENV], string>> = {},
) {
  const simulator = await startGraphSimulator();
  const name = `api-${randomUUID()}`;
  const aws = { endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS };
  const dynamodb = localDynamoDb(endpoint);
  const secrets = new SecretsManagerClient(aws);
  const stepFunctions = new SFNClient(aws);
  await createTable(dynamodb, name);
  const keysTableName = `${name}-keys`;
  await createTable(dynamodb, keysTableName);
  const secret = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: SECRET_PLACEHOLDER }));
  const createMachine = async (machine: string) => {
    const { stateMachineArn = '' } = await stepFunctions.send(
      new CreateStateMachineCommand({
        name: machine,
        roleArn: 'arn:aws:iam::000000000000:role/none',
        definition: JSON.stringify({ StartAt: 'End', States: { End: { Type: 'Succeed' } } }),
      }),
    );
    return stateMachineArn;
  };
  const machines = { bulk: await createMachine(name), reconciliation: await createMachine(`${name}-reconciliation`) };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    [ENV.tableName]: name,
    [ENV.secretArn]: secret.ARN,
    [ENV.stateMachineArn]: machines.bulk,
    [ENV.jobLanes]: '4',
    [ENV.reconciliationArn]: machines.reconciliation,
    [ENV.graphVersion]: 'v25.0',
    ...Object.fromEntries(PROVIDER_NAMES.map((name) => [ENV[baseUrlName(name)], providerAddress(simulator.url, name)])),
    [ENV.graphTimeoutMs]: '700',
    [ENV.chunkSize]: '1000',
    [ENV.listLimit]: '64000',
    [ENV.auditRetentionDays]: '730',
    [ENV.jobRetentionDays]: '90',
    [ENV.logRetentionDays]: '90',
    [ENV.tombstoneDays]: '30',
    [ENV.jobDeadlineHours]: '6',
    [ENV.jobIdleMinutes]: '15',
    [ENV.deferDays]: '30',
    [ENV.trustUnsigned]: 'false',
    [ENV.tokenWarningDays]: '14',
    [ENV.eventUsers]: 'false',
    [ENV.eventBusName]: 'default',
    [ENV.reasonCodes]: DEFAULT_REASON_CODES.join(','),
    [ENV.requireReason]: 'none',
    [ENV.openJobsPerNumber]: '1000',
    [ENV.openJobsPerCaller]: '1000',
    [ENV.reconciliationsPerHour]: '60',
    [ENV.serviceStage]: 'test',
    [ENV.publicUrl]: 'https://api.test/live',
    [ENV.keyPublicUrl]: 'https://keys.test/live',
    [ENV.keysTableName]: keysTableName,
    ...settings,
  });

  /** Imported only now: a container reads its environment when it first works. */
  const handlers = new Map<string, Handler>();
  for (const name of new Set(routes().map((route) => route.handler))) {
    const file = handlerOf(name);
    const { handler }: { handler: Handler } = await import(`../../lambdas/handlers/${file}.ts`);
    handlers.set(name, recording(file, handler));
  }
  const authorizeKey = recording('authorize-key', (await import('../../lambdas/handlers/authorize-key.ts')).handler);
  const processChunk = recording('process-chunk', (await import('../../lambdas/handlers/process-chunk.ts')).handler);
  const failChunk = recording('fail-chunk', (await import('../../lambdas/handlers/fail-chunk.ts')).handler);
  const finishJob = recording('finish-job', (await import('../../lambdas/handlers/finish-job.ts')).handler);
  const listNumbers = recording('list-numbers', (await import('../../lambdas/handlers/list-numbers.ts')).handler);
  const reconcileNumbers = recording(
    'reconcile-numbers',
    (await import('../../lambdas/handlers/reconcile-numbers.ts')).handler,
  );
  const sweep = recording('sweep', (await import('../../lambdas/handlers/sweep.ts')).handler);
  const checkTokens = recording('check-tokens', (await import('../../lambdas/handlers/check-tokens.ts')).handler);
  const expireBlocks = recording('expire-blocks', (await import('../../lambdas/handlers/expire-blocks.ts')).handler);
  const retryDeferred = recording('retry-deferred', (await import('../../lambdas/handlers/retry-deferred.ts')).handler);

  const publishEvents = recording('publish-events', (await import('../../lambdas/handlers/publish-events.ts')).handler);

  /** As API Gateway asks the authorizer; it fails where that refuses the key. */
  const authorize = (key: string) =>
    authorizeKey({
      type: 'TOKEN',
      authorizationToken: `Bearer ${key}`,
      methodArn: 'arn:aws:execute-api:us-east-1:000000000000:abc123/test/GET/health',
    });

  async function callerOf({ key, keptContext, actor }: ApiCall) {
    const context = key === undefined ? keptContext : (await authorize(key)).context;
    if (context === undefined) return { identity: { userArn: actor ?? ACTOR } };
    return { identity: { userArn: null }, authorizer: context };
  }

  async function call(name: Route['handler'], path: Record<string, string>, request: ApiCall = {}) {
    // Without a version the first segment is the number: API Gateway has one name for both.
    const isNumbered = (route: Route) => route.path.includes('{phoneNumberId}');
    const of = routes().filter((route) => route.handler === name);
    const route = of.find((one) => isNumbered(one) === 'phoneNumberId' in path);
    if (route === undefined) throw new Error(`No route of ${name} takes ${Object.keys(path)}`);
    const { method, path: resource } = route;
    // Each function has a scope of its own; here they share their variables.
    process.env[ENV.scope] = route.scope;
    const answer = response.parse(
      await handlers.get(name)?.({
        httpMethod: method,
        headers: { Host: 'api.test', ...request.headers },
        queryStringParameters: request.query ?? null,
        pathParameters: path,
        body:
          request.body === undefined
            ? null
            : typeof request.body === 'string'
              ? request.body
              : JSON.stringify(request.body),
        isBase64Encoded: false,
        requestContext: {
          requestId: randomUUID(),
          resourcePath: resource,
          path: `/live${resource.replace(/\{(\w+)\}/g, (_, parameter: string) => path[parameter] ?? '')}`,
          requestTimeEpoch: request.receivedMs ?? Date.now(),
          ...(await callerOf(request)),
        },
      }),
    );
    const body = z.looseObject({}).parse(JSON.parse(answer.body));
    checkAnswer({
      method,
      path: resource,
      status: answer.statusCode,
      headers: Object.entries(answer.headers),
      body,
    });
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  const targetOf = (phoneNumberId: string) => ({ version: 'v25.0', phoneNumberId });
  const change = (users: readonly string[], body: object) => ({
    messaging_product: 'whatsapp',
    block_users: users.map((user) => ({ user })),
    ...body,
  });
  interface Change {
    readonly headers?: Record<string, string>;
    readonly body?: object;
    readonly phoneNumberId?: string;
  }
  const submit = (
    name: 'blockUsers' | 'unblockUsers',
    users: readonly string[],
    { headers = {}, body = {}, ...more }: Change,
  ) => call(name, targetOf(more.phoneNumberId ?? NUMBER), { headers, body: change(users, body) });

  /** One lane until it is done, without the waits in between. */
  async function runLane(input: object) {
    for (let pass = 0; (await processChunk(input)).result !== 'done'; pass += 1) {
      if (pass > 50) throw new Error('The lane never ends');
    }
  }
  /** One chunk, as the last version's state machine hands it on. */
  const runChunk = (jobId: string, chunk: number, run = 1) => runLane({ jobId, run, chunk });

  return {
    simulator,
    dynamodb,
    tableName: name,
    keysTableName,
    call,
    authorize,
    target: targetOf(NUMBER),
    targetOf,
    block: (users: readonly string[], more: Change = {}) => submit('blockUsers', users, more),
    unblock: (users: readonly string[], more: Change = {}) => submit('unblockUsers', users, more),
    processChunk,
    failChunk,
    finishJob,
    runChunk,
    /** The bulk state machine in short: each of two lanes until it is done, then the end of the job. */
    async runJob(jobId: string, chunkCount: number, run = 1) {
      const lanes = Math.min(2, chunkCount);
      const chunks = Array.from({ length: lanes }, (_, index) => index);
      for (const chunk of chunks) await runLane({ job: { jobId, run, chunks, lanes }, chunk });
      await finishJob({ jobId, run });
    },
    listNumbers,
    reconcileNumbers,
    /** The reconciliation state machine in short: one group, pass after pass, without the waits in between. */
    async reconcile(...phoneNumberIds: string[]) {
      let numbers = phoneNumberIds.map((phoneNumberId) => ({ phoneNumberId, attempts: 0 }));
      for (let attempt = 0; numbers.length > 0; attempt += 1) {
        if (attempt > 50) throw new Error('The reconciliation never ends');
        const done = await reconcileNumbers({ numbers });
        const remaining = done.result === 'requeue' ? done.numbers : [];
        numbers = remaining.map(({ phoneNumberId, attempts }) => ({ phoneNumberId, attempts }));
      }
    },
    sweep: () => sweep({}),
    checkTokens: () => checkTokens({}),
    expireBlocks: () => expireBlocks({}),
    retryDeferred: () => retryDeferred({}),
    /** Calls the publisher as the stream of the table does, with the keys of everything that waits. Gives what waited. */
    async publishEvents() {
      const waiting: WaitingEvent[] = [];
      const outbox = new DynamoEventOutbox({ client: dynamodb, name });
      for await (const page of outbox.listEvents('9999')) waiting.push(...page);
      const keysOf = ({ place: { partition, id } }: WaitingEvent) => ({ pk: { S: partition }, sk: { S: id } });
      await publishEvents({ Records: waiting.map((one) => ({ dynamodb: { Keys: keysOf(one) } })) });
      return waiting.map(({ event }) => event);
    },
    /** What was started, oldest first: the name of each execution and its input. Every one of them ends by itself. */
    async executions(machine: keyof typeof machines) {
      const pages = paginateListExecutions({ client: stepFunctions }, { stateMachineArn: machines[machine] });
      const executions: ExecutionListItem[] = [];
      for await (const page of pages) executions.push(...(page.executions ?? []));
      const started = executions.map(async ({ executionArn, name: execution }) => {
        const { input = '{}' } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
        return { name: execution, input: z.looseObject({}).parse(JSON.parse(input)) };
      });
      return (await Promise.all(started)).reverse();
    },
    async hasRunning(machine: keyof typeof machines) {
      const query = { stateMachineArn: machines[machine], statusFilter: 'RUNNING' } as const;
      const { executions = [] } = await stepFunctions.send(new ListExecutionsCommand(query));
      return executions.length > 0;
    },
    async putToken(secretString: string) {
      await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: secretString }));
    },
    async readSecret() {
      return (await secrets.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
    },
    /** One that has read nothing yet, as of a container that has just begun. */
    newTokens: () => new SecretTokenSource(secrets, name),
    stop: () => simulator.stop(),
  };
}

export type InProcessApi = Awaited<ReturnType<typeof createInProcessApi>>;
