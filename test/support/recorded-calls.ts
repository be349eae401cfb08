/**
 * What each function asks of AWS, as IAM judges it, recorded while handlers run in this process. The file of the same name
 * keeps what `test/integration/recorded-calls.test.ts` found; the permissions of the template are compared with it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { DynamoBlocklistStore } from '../../lambdas/adapters/dynamo/blocklist-store.ts';
import { DynamoJobStore } from '../../lambdas/adapters/dynamo/job-store.ts';
import { DynamoKeyStore } from '../../lambdas/adapters/dynamo/key-store.ts';
import { DynamoNewJobStore } from '../../lambdas/adapters/dynamo/new-job-store.ts';
import { DynamoEventOutbox } from '../../lambdas/adapters/dynamo/outbox-store.ts';
import { DynamoUserStore } from '../../lambdas/adapters/dynamo/user-store.ts';
import { EventBridgeBus } from '../../lambdas/adapters/events/event-bridge.ts';
import { SecretTokenSource } from '../../lambdas/adapters/secrets/token-source.ts';
import { StepFunctionsReconciliations, StepFunctionsWorkflow } from '../../lambdas/adapters/workflow/step-functions.ts';
import { ModelBus } from '../model/model-bus.ts';
import { ModelTokens } from '../model/model-tokens.ts';
import { InMemoryOutbox } from './in-memory-outbox.ts';
import { InMemoryBlocklistStore, InMemoryJobStore } from './in-memory-store.ts';

const running = new AsyncLocalStorage<string>();
/** The methods of ports that are in progress, the outermost first. */
const within = new AsyncLocalStorage<readonly string[]>();
/** By function: the methods that it used. By method: the calls that it made. */
const used = new Map<string, Set<string>>();
const made = new Map<string, Set<string>>();

/** Runs what a function does as that function, so that its calls are known as its own. */
export function asFunction<T>(handler: string, run: () => T): T {
  return running.run(handler, run);
}

/** The handler of a function, whose calls are known as its own. */
export function recording<Args extends readonly unknown[], Result>(
  handler: string,
  run: (...args: Args) => Result,
): (...args: Args) => Result {
  return (...args) => asFunction(handler, () => run(...args));
}

/**
 * Everything that was recorded so far: for each function its calls, in order. A function that used a port's method is taken
 * to make every call that the method was seen to make: what another ran on DynamoDB, this one may have run in memory.
 */
export function recordedCalls(): Record<string, string[]> {
  const functions = [...used].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    functions.map(([handler, names]) => [handler, [...new Set([...names].flatMap(callsOfMethod))].sort()]),
  );
}

function callsOfMethod(name: string): string[] {
  const calls = made.get(name);
  if (!calls) throw new Error(`${name} never ran over AWS, so that nobody knows what it takes`);
  return [...calls];
}

function keep(known: Map<string, Set<string>>, name: string, one: string): void {
  const found = known.get(name) ?? new Set();
  known.set(name, found.add(one));
}

/** Adds a method that a function uses, and that no test has called. */
export function mayUse(handler: string, method: string): void {
  keep(used, handler, method);
}

/** Records who uses the methods of a class, and what each of them calls. A method within another one is part of it. */
function watch(port: string, { prototype }: { readonly prototype: object }): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const original: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (name === 'constructor' || typeof original !== 'function') continue;
    Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]): unknown {
      const outer = within.getStore() ?? [];
      const handler = running.getStore();
      if (handler !== undefined && outer.length === 0) keep(used, handler, `${port}.${name}`);
      const methods = [...outer, `${port}.${name}`];
      const result: unknown = within.run(methods, () => Reflect.apply(original, this, args));
      return isAsyncGenerator(result) ? pagesWithin(methods, result) : result;
    });
  }
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** A page is asked for when it is wanted, which is after the method has returned. */
async function* pagesWithin(methods: readonly string[], pages: AsyncGenerator<unknown>): AsyncGenerator<unknown> {
  for (;;) {
    const { done, value } = await within.run(methods, () => pages.next());
    if (done) return;
    yield value;
  }
}

const sent = z.looseObject({ input: z.looseObject({}) });
const indexed = z.looseObject({ IndexName: z.string().optional() });
const transaction = z.looseObject({ TransactItems: z.array(z.record(z.string(), z.unknown())) });
const statements = z.looseObject({ Statements: z.array(z.looseObject({ Statement: z.string() })) });
const machine = z.looseObject({ stateMachineArn: z.string().optional(), executionArn: z.string().optional() });

/** Parts of a transaction by the action that DynamoDB judges each by. */
const TRANSACTED: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Delete: 'DeleteItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
};
const PARTIQL: Readonly<Record<string, string>> = {
  DELETE: 'PartiQLDelete',
  INSERT: 'PartiQLInsert',
  SELECT: 'PartiQLSelect',
  UPDATE: 'PartiQLUpdate',
};

/** The actions of a command and what they are done to, as `<action> <resource>`. Fails for an unknown command. */
function callsOf(command: unknown): string[] {
  const { input } = sent.parse(command);
  const name = Object(command).constructor.name.replace(/Command$/, '');
  switch (name) {
    case 'BatchGetItem':
    case 'BatchWriteItem':
    case 'GetItem':
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
    case 'Query':
    case 'Scan': {
      const { IndexName } = indexed.parse(input);
      return [`dynamodb:${name} ${IndexName === undefined ? tableOf(input) : `index ${IndexName}`}`];
    }
    case 'TransactWriteItems':
      return transaction
        .parse(input)
        .TransactItems.flatMap(Object.entries)
        .map(([part, one]) => `dynamodb:${known(TRANSACTED, part)} ${tableOf(one)}`);
    case 'BatchExecuteStatement':
      return statements
        .parse(input)
        .Statements.map(({ Statement }) => `dynamodb:${known(PARTIQL, Statement.split(' ', 1)[0] ?? '')} table`);
    case 'PutEvents':
      return ['events:PutEvents bus'];
    case 'GetSecretValue':
      return ['secretsmanager:GetSecretValue secret'];
    case 'StartExecution':
    case 'DescribeExecution': {
      const { stateMachineArn, executionArn } = machine.parse(input);
      const isReconciliation = /-reconciliation(:|$)/.test(stateMachineArn ?? executionArn ?? '');
      return [`states:${name} ${isReconciliation ? 'reconciliation' : 'jobs'}`];
    }
    default:
      throw new Error(`Nobody knows which permission ${name} takes`);
  }
}

/** Which of the two tables: that of keys is named for them in every test. */
function tableOf(input: unknown): 'keys' | 'table' {
  const { TableName = '' } = z.looseObject({ TableName: z.string().optional() }).parse(input);
  return /(?:^|-)keys(?:-|$)/.test(TableName) ? 'keys' : 'table';
}

function known(actions: Readonly<Record<string, string>>, name: string): string {
  const action = actions[name];
  if (action === undefined) throw new Error(`Nobody knows which permission ${name} takes`);
  return action;
}

type Send = (this: unknown, command: unknown, ...more: unknown[]) => unknown;

/** Starts to record, for the rest of this process. */
export function startRecording(): void {
  watch('store', DynamoUserStore);
  watch('store', DynamoBlocklistStore);
  watch('store', InMemoryBlocklistStore);
  watch('keys', DynamoKeyStore);
  watch('jobs', DynamoNewJobStore);
  watch('jobs', DynamoJobStore);
  watch('jobs', InMemoryJobStore);
  watch('outbox', DynamoEventOutbox);
  watch('outbox', InMemoryOutbox);
  watch('bus', EventBridgeBus);
  watch('bus', ModelBus);
  watch('tokens', SecretTokenSource);
  watch('tokens', ModelTokens);
  watch('workflow', StepFunctionsWorkflow);
  watch('reconciliations', StepFunctionsReconciliations);
  // Every client of the SDK sends through the one class that they all extend.
  const prototype: object = Object.getPrototypeOf(DynamoDBClient.prototype);
  const original: unknown = Reflect.get(prototype, 'send');
  if (typeof original !== 'function') throw new Error('The clients of the SDK send in another way now');
  const send: Send = function (command, ...more) {
    for (const method of within.getStore() ?? []) for (const call of callsOf(command)) keep(made, method, call);
    return Reflect.apply(original, this, [command, ...more]);
  };
  Reflect.set(prototype, 'send', send);
}
