import type {
  BatchExecuteStatementCommandInput,
  BatchExecuteStatementCommandOutput,
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

/**
 * What becomes of one call: an attempt fails before DynamoDB saw it, or its answer is lost after DynamoDB carried it out,
 * once (the SDK tries again) or each time; or a batch is carried out in part.
 */
const KINDS = ['refused', 'lost', 'refused always', 'lost always', 'partial'] as const;
type Kind = (typeof KINDS)[number];

/** Makes calls of this client fail with the probability `rate`, as DynamoDB and the network do. Give it few attempts. */
export function injectFaults(client: DynamoDBClient, faults: { readonly random: () => number; rate: number }): void {
  const planned = new WeakMap<object, { kind: Kind; attempts: number }>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (faults.random() >= faults.rate) return next(args);
        const kind = KINDS[Math.floor(faults.random() * KINDS.length)] ?? 'refused';
        if (kind === 'partial') {
          if (commandName === 'BatchWriteItemCommand') return writePart(args, next);
          if (commandName === 'BatchExecuteStatementCommand') return executePart(args, next);
          return next(args);
        }
        planned.set(args.input, { kind, attempts: 0 });
        return next(args);
      },
    { step: 'initialize' },
  );
  // Nearest to the wire, so once for each attempt of the SDK.
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const plan = planned.get(args.input);
      if (!plan) return next(args);
      plan.attempts += 1;
      const always = plan.kind.endsWith('always');
      if (plan.kind.startsWith('refused')) {
        if (plan.attempts > 1 && !always) return next(args);
        throw named('InternalServerError', `${context.commandName} failed`);
      }
      const answer = await next(args);
      if (plan.attempts > 1 && !always) return answer;
      throw named('TimeoutError', `The answer of ${context.commandName} was lost`);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 500 } });
}

type Next = (args: { input: object }) => Promise<{ output: object; response: unknown }>;

/** Half of the items; the others are left unprocessed. */
async function writePart(args: { input: object }, next: Next) {
  const input = args.input as BatchWriteItemCommandInput;
  const [table = '', requests = []] = Object.entries(input.RequestItems ?? {})[0] ?? [];
  const half = Math.ceil(requests.length / 2);
  const done = await next({ ...args, input: { ...input, RequestItems: { [table]: requests.slice(0, half) } } });
  const output = done.output as BatchWriteItemCommandOutput;
  const left = [...(output.UnprocessedItems?.[table] ?? []), ...requests.slice(half)];
  return { ...done, output: { ...output, ...(left.length > 0 && { UnprocessedItems: { [table]: left } }) } };
}

/** Half of the statements; the others are throttled. */
async function executePart(args: { input: object }, next: Next) {
  const input = args.input as BatchExecuteStatementCommandInput;
  const statements = input.Statements ?? [];
  const half = Math.ceil(statements.length / 2);
  const done = await next({ ...args, input: { ...input, Statements: statements.slice(0, half) } });
  const output = done.output as BatchExecuteStatementCommandOutput;
  const throttled = statements.slice(half).map(() => ({ Error: { Code: 'ThrottlingError' as const } }));
  return { ...done, output: { ...output, Responses: [...(output.Responses ?? []), ...throttled] } };
}
