/**
 * What is under way at the moment of a deploy: items of both tables, inputs of executions, what clients and API Gateway keep.
 * `npm run record:in-flight` writes the file of the same name from the present code when a version is released;
 * `test/integration/work-in-flight.test.ts` lets the code of after that end the work.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import * as z from 'zod';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { ENV } from '../../lambdas/contract/environment.ts';
import { accepted } from '../../lambdas/openapi/change.ts';
import { keyWithSecret } from '../../lambdas/openapi/key.ts';
import { startMiniStack } from '../../local/cloud/ministack.ts';
import { hubSignature, LOCAL_APP_SECRET, textMessage, webhookPayload } from '../../local/webhook-payload.ts';
import { ACTOR, createInProcessApi, type InProcessApi, NUMBER, TOKEN } from './in-process-api.ts';
import { phones } from './world.ts';

export const FILE = join(import.meta.dirname, 'work-in-flight.json');
export const SECOND_NUMBER = '106540352242923';
/** Two users are a chunk, and a job is checked at once. */
export const SETTINGS = { [ENV.chunkSize]: '2', [ENV.jobIdleMinutes]: '0' };
export const TOKENS = JSON.stringify({ default: { token: TOKEN, appSecret: LOCAL_APP_SECRET } });

/** Who is in the recorded work, each for one reason. */
const [blocked = '', unblocked = '', ends = '', deferred = '', lost = '', guarded = '', renamed = '', writes = ''] =
  phones(8, 16_505_540_000);
export const PEOPLE = { blocked, unblocked, ends, deferred, lost, guarded, renamed, writes };
export const JOB_USERS = phones(5, 16_505_541_000);
export const RETRIED_USERS = phones(2, 16_505_542_000);
export const BATCH_USERS = phones(3, 16_505_543_000);
export const IDEMPOTENCY_KEY = 'recorded';

const executions = z.array(z.object({ name: z.string().optional(), input: z.looseObject({}) }));
/** As DynamoDB has it, but for binary values. */
const item = z.record(z.string(), z.custom<AttributeValue>());
const recorded = z.object({
  /** When it was recorded: the clock of whoever goes on with it. */
  at: z.iso.datetime(),
  table: z.array(item),
  keys: z.array(item),
  /** The lists as Graph has them, by number. */
  lists: z.record(z.string(), z.array(z.string())),
  jobs: z.object({ running: z.string(), retried: z.string(), cancelled: z.string(), batch: z.array(z.string()) }),
  executions: z.object({ bulk: executions, reconciliation: executions }),
  /** Inputs of steps, as the state machines of the version make them from the above. */
  steps: z.object({
    processChunk: z.looseObject({}),
    failChunk: z.looseObject({}),
    finishJob: z.looseObject({}),
    listNumbers: z.looseObject({}),
    reconcileNumbers: z.looseObject({}),
    reconcileNumbersAgain: z.looseObject({}),
  }),
  /** Fields of a result that the state machine of the version reads. */
  results: z.object({ processChunk: z.looseObject({}), reconcileNumbers: z.looseObject({}) }),
  /** The key of a caller, and what the authorizer said of it, which API Gateway keeps. */
  key: z.object({ text: z.string(), context: z.record(z.string(), z.unknown()) }),
  /** A webhook that a receiver forwards, and does again if it got no answer. */
  webhook: z.object({ body: z.looseObject({}), headers: z.record(z.string(), z.string()) }),
  /** Cursors that clients hold, by what they page. */
  cursors: z.record(z.string(), z.string()),
});
export type WorkInFlight = z.infer<typeof recorded>;

export function readWorkInFlight(json: string): WorkInFlight {
  return recorded.parse(JSON.parse(json));
}

/** Binary values do not survive JSON by themselves. */
const BINARY = '$base64';

async function itemsOf({ dynamodb }: InProcessApi, TableName: string): Promise<WorkInFlight['table']> {
  const items: WorkInFlight['table'] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName })) items.push(...Items.map(plain));
  return items;
}

const plain = (item: Record<string, AttributeValue>): WorkInFlight['table'][number] =>
  JSON.parse(
    JSON.stringify(item, (_, value: unknown) =>
      isBytes(value) ? { [BINARY]: Buffer.from(value).toString('base64') } : value,
    ),
  );

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

const binary = z.strictObject({ [BINARY]: z.string() });

/** Puts recorded items into a table. */
export async function putItems(
  { dynamodb }: InProcessApi,
  TableName: string,
  items: WorkInFlight['table'],
): Promise<void> {
  for (const item of items) {
    const Item: Record<string, AttributeValue> = JSON.parse(JSON.stringify(item), (_, value: unknown) => {
      const found = binary.safeParse(value);
      return found.success ? Buffer.from(found.data[BINARY], 'base64') : value;
    });
    await dynamodb.send(new PutItemCommand({ TableName, Item }));
  }
}

const paged = z.object({ paging: z.object({ cursors: z.object({ after: z.string() }) }) });
const batch = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Begins every kind of work that can be under way, and writes down what there is. */
async function record(api: InProcessApi): Promise<WorkInFlight> {
  const { control } = api.simulator;
  const { target } = api;
  await api.putToken(TOKENS);
  const must = async (answer: Promise<{ status: number; body: Record<string, unknown> }>, status: number) => {
    const { status: got, body } = await answer;
    if (got !== status) throw new Error(`${got}, not ${status}: ${JSON.stringify(body)}`);
    return body;
  };
  // WhatsApp writes this number another way.
  control.patchOptions({ waIds: { [renamed]: `${renamed}0` } });
  const reason = { reason: 'recorded', reason_code: 'spam' };
  await must(
    api.block([blocked, unblocked, renamed, `+1 (${lost.slice(1, 4)}) ${lost.slice(4, 7)}-${lost.slice(7)}`], {
      body: reason,
    }),
    200,
  );
  await must(api.block(['US.13491208655302741918'], { body: reason }), 200);
  await must(api.unblock([unblocked], { body: reason }), 200);
  await must(api.block([ends], { body: { ...reason, expires_in: 1 } }), 200);
  control.patchOptions({ lastInboundAt: { [deferred]: null, [writes]: null } });
  await must(api.block([deferred, writes], { body: { ...reason, defer: true } }), 200);
  control.patchOptions({ lastInboundAt: {} });
  await must(api.call('protectUser', { user: guarded }, { body: { reason: 'ours' } }), 200);

  const async = { Prefer: 'respond-async' };
  const accept = async (users: readonly string[], headers: Record<string, string> = async) =>
    accepted.parse(await must(api.block(users, { headers, body: reason }), 202)).job.id;
  // One chunk is done, Graph asks the second one to wait, and the third one waits for its turn.
  const running = await accept(JOB_USERS, { ...async, 'Idempotency-Key': IDEMPOTENCY_KEY });
  await api.runChunk(running, 0);
  control.addFaults({ next: 1, fault: { kind: 'error', code: 130429 } });
  const waits = await api.processChunk({ jobId: running, run: 1, chunk: 1 });
  if (waits.result !== 'requeue') throw new Error('The chunk does not wait');
  // All of its users failed, and it was asked for again.
  const retried = await accept(RETRIED_USERS);
  control.patchOptions({ lastInboundAt: Object.fromEntries(RETRIED_USERS.map((user) => [user, null])) });
  await api.runJob(retried, 1);
  control.patchOptions({ lastInboundAt: {} });
  await must(api.call('retryJob', { id: retried }), 202);
  const cancelled = await accept(phones(2, 16_505_544_000));
  await must(api.call('cancelJob', { id: cancelled }), 202);
  const many = {
    action: 'block',
    phone_number_ids: [NUMBER, SECOND_NUMBER],
    block_users: BATCH_USERS.map((user) => ({ user })),
  };
  const jobs = batch.parse(
    await must(api.call('createJobs', {}, { body: many, headers: { 'Idempotency-Key': IDEMPOTENCY_KEY } }), 202),
  );

  // A request that died between Graph and the mirror.
  const retention = { auditDays: 730, jobDays: 90, tombstoneDays: 30 };
  const store = new DynamoBlocklistStore({ client: api.dynamodb, name: api.tableName }, retention);
  const operation = { action: 'unblock', source: 'api', users: 1, actor: ACTOR, ids: [lost] } as const;
  const startedAt = new Date(Date.now() - 60 * 60_000).toISOString();
  await store.startOperation({ ...operation, operationId: ulid(), phoneNumberId: NUMBER, startedAt });
  control.changeNumber(NUMBER, { add: [], remove: [lost] });

  await must(api.call('startReconciliation', target), 202);
  const numbers = [{ phoneNumberId: NUMBER, attempts: 0 }];
  control.addFaults({ next: 10, method: 'GET', fault: { kind: 'error', code: 130429 } });
  const again = await api.reconcileNumbers({ numbers });
  if (again.result !== 'requeue') throw new Error('The reconciliation does not wait');
  control.clearFaults();

  const made = keyWithSecret.parse(
    await must(api.call('createKey', {}, { body: { name: 'recorded', scopes: ['read', 'write'] } }), 201),
  );
  const context = { ...(await api.authorize(made.key)).context };
  const webhook = webhookPayload(NUMBER, { messages: [textMessage({ from: writes })] });
  const cursorOf = async (answer: Promise<{ body: Record<string, unknown> }>) =>
    paged.parse((await answer).body).paging.cursors.after;
  const query = { limit: '1' };
  return {
    at: new Date().toISOString(),
    table: await itemsOf(api, api.tableName),
    keys: await itemsOf(api, api.keysTableName),
    lists: Object.fromEntries([NUMBER, SECOND_NUMBER].map((number) => [number, control.number(number).users])),
    jobs: { running, retried, cancelled, batch: jobs.data.map(({ id }) => id) },
    executions: { bulk: await api.executions('bulk'), reconciliation: await api.executions('reconciliation') },
    steps: {
      processChunk: { jobId: running, run: 1, chunk: 1 },
      failChunk: { jobId: running, run: 1, chunk: 2, error: { Error: 'States.Timeout', Cause: '' } },
      finishJob: { jobId: running, run: 1 },
      listNumbers: {},
      reconcileNumbers: { numbers },
      reconcileNumbersAgain: { numbers: again.numbers },
    },
    results: { processChunk: { ...waits }, reconcileNumbers: { ...again } },
    key: { text: made.key, context },
    webhook: { body: webhook, headers: { 'x-hub-signature-256': hubSignature(webhook) } },
    cursors: {
      listBlockedUsers: await cursorOf(api.call('listBlockedUsers', target, { query })),
      listOperations: await cursorOf(api.call('listOperations', target, { query })),
      listJobs: await cursorOf(api.call('listJobs', {}, { query })),
      getUserHistory: await cursorOf(api.call('getUserHistory', { ...target, user: unblocked }, { query })),
      listJobUsers: await cursorOf(api.call('listJobUsers', { id: running }, { query })),
    },
  };
}

async function main(): Promise<void> {
  const ministack = await startMiniStack();
  try {
    const api = await createInProcessApi(ministack.endpoint, SETTINGS);
    try {
      writeFileSync(FILE, `${JSON.stringify(await record(api), null, 1)}\n`);
    } finally {
      await api.stop();
    }
  } finally {
    await ministack.stop();
  }
}

if (import.meta.main) await main();
