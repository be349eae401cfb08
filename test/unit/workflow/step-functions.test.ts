import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  StepFunctionsReconciliations,
  StepFunctionsWorkflow,
} from '../../../lambdas/adapters/workflow/step-functions.ts';
import { readJobInput, readLaneInput, readNumbersInput } from '../../../lambdas/runtime/task.ts';
import { type AwsAnswer, cannedAws } from '../../support/canned-aws.ts';

const ARN = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Bulk-AbCdEf';
const JOB = '106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY';
const STARTED: AwsAnswer = { body: { executionArn: `${ARN}:1`, startDate: 1_780_000_000 } };
const REFUSALS = ['StateMachineDoesNotExist', 'ExecutionLimitExceeded', 'AccessDeniedException', 'InvalidName'];

const job = (change: { run?: number; execution?: number; chunkCount?: number } = {}) => ({
  id: JOB,
  run: 1,
  execution: 1,
  chunkCount: 3,
  ...change,
});

async function workflowOf(answer: AwsAnswer) {
  const { received, options } = await cannedAws(() => answer);
  return { workflow: new StepFunctionsWorkflow(new SFNClient(options), ARN, 4), received };
}

const execution = z.object({ name: z.string(), input: z.string().transform((text): unknown => JSON.parse(text)) });

/** The name and the input of every execution that was asked for. */
function startedIn(received: readonly { input: unknown }[]) {
  return received.map(({ input }) => execution.parse(input));
}

test('a job starts the execution of its name, whose input has its run and the first chunk of each lane, but no users', async () => {
  const { workflow, received } = await workflowOf(STARTED);
  await workflow.start(job());
  expect(received).toEqual([
    {
      target: 'AWSStepFunctions.StartExecution',
      input: {
        stateMachineArn: ARN,
        name: JOB,
        input: JSON.stringify({ jobId: JOB, run: 1, chunks: [0, 1, 2], lanes: 3 }),
      },
    },
  ]);
});

test('each execution of a job has its own name, and gets the run', async () => {
  const { workflow, received } = await workflowOf(STARTED);
  await workflow.start(job({ run: 1, execution: 2, chunkCount: 1 }));
  await workflow.start(job({ run: 2, execution: 3, chunkCount: 1 }));
  const started = startedIn(received);
  expect(started).toEqual([
    { name: `${JOB}-2`, input: { jobId: JOB, run: 1, chunks: [0], lanes: 1 } },
    { name: `${JOB}-3`, input: { jobId: JOB, run: 2, chunks: [0], lanes: 1 } },
  ]);
  // What the name of an execution may hold, and how long it may be.
  for (const { name } of started) expect(name).toMatch(/^[\w-]{1,80}$/);
});

test('the input is what the steps of the workflow read', async () => {
  const { workflow, received } = await workflowOf(STARTED);
  await workflow.start(job({ run: 2 }));
  // The machine hands each step what it names of this: see `bulk-definition.ts`.
  const input = z
    .object({ jobId: z.string(), run: z.number(), chunks: z.array(z.number()), lanes: z.number() })
    .parse(startedIn(received)[0]?.input);
  const { jobId, run, chunks, lanes } = input;
  expect(readJobInput({ jobId, run })).toEqual({ jobId: JOB, run: 2 });
  for (const chunk of chunks) expect(readLaneInput({ job: input, chunk })).toEqual({ jobId, run, chunk, lanes });
});

test('a job has as many lanes as are configured, however many chunks it has', async () => {
  const { workflow, received } = await workflowOf(STARTED);
  await workflow.start(job({ chunkCount: 64_000 }));
  expect(startedIn(received)[0]?.input).toEqual({ jobId: JOB, run: 1, chunks: [0, 1, 2, 3], lanes: 4 });
});

test('starting a job that was started before succeeds', async () => {
  const { workflow, received } = await workflowOf({ error: 'ExecutionAlreadyExists' });
  await expect(workflow.start(job())).resolves.toBeUndefined();
  expect(received).toHaveLength(1);
});

describe('a job does not count as started if', () => {
  test.each(REFUSALS)('%s', async (name) => {
    const { workflow } = await workflowOf({ error: name });
    await expect(workflow.start(job())).rejects.toThrow(expect.objectContaining({ name }));
  });
});

describe('the execution of a job', () => {
  const described = (status: string): AwsAnswer => ({
    body: { executionArn: `${ARN}:1`, stateMachineArn: ARN, status, startDate: 1_780_000_000 },
  });

  test.each([
    ['RUNNING', 'running'],
    ['PENDING_REDRIVE', 'running'],
    ['SUCCEEDED', 'ended'],
    ['FAILED', 'ended'],
    ['TIMED_OUT', 'ended'],
    ['ABORTED', 'ended'],
  ])('that is %s is %s', async (status, state) => {
    const { workflow } = await workflowOf(described(status));
    expect(await workflow.stateOf(job())).toBe(state);
  });

  test('that does not exist is missing', async () => {
    const { workflow } = await workflowOf({ error: 'ExecutionDoesNotExist' });
    expect(await workflow.stateOf(job())).toBe('missing');
  });

  test.each(['AccessDeniedException', 'InvalidArn'])('is unknown if Step Functions says %s', async (name) => {
    const { workflow } = await workflowOf({ error: name });
    await expect(workflow.stateOf(job())).rejects.toThrow(expect.objectContaining({ name }));
  });

  test('is asked for by the name under which it was started', async () => {
    const { workflow, received } = await workflowOf(described('RUNNING'));
    await workflow.stateOf(job());
    await workflow.stateOf(job({ execution: 2 }));
    const executions = 'arn:aws:states:eu-central-1:123456789012:execution:Bulk-AbCdEf';
    expect(received).toEqual([
      { target: 'AWSStepFunctions.DescribeExecution', input: { executionArn: `${executions}:${JOB}` } },
      { target: 'AWSStepFunctions.DescribeExecution', input: { executionArn: `${executions}:${JOB}-2` } },
    ]);
  });
});

describe('a reconciliation', () => {
  const MACHINE = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Reconciliation-AbCdEf';

  async function reconciliationsOf(answer: AwsAnswer) {
    const { received, options } = await cannedAws(() => answer);
    return { reconciliations: new StepFunctionsReconciliations(new SFNClient(options), MACHINE), received };
  }

  test('is one execution for all of its numbers, in groups that its steps read', async () => {
    const { reconciliations, received } = await reconciliationsOf(STARTED);
    const numbers = Array.from({ length: 23 }, (_, index) => `10654035224${2900 + index}`);
    await reconciliations.start(numbers);
    expect(received).toMatchObject([
      { target: 'AWSStepFunctions.StartExecution', input: { stateMachineArn: MACHINE } },
    ]);
    const [started] = startedIn(received);
    const { groups } = z.object({ groups: z.array(z.unknown()) }).parse(started?.input);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.flatMap((group) => readNumbersInput(group).numbers)).toEqual(
      numbers.map((phoneNumberId) => ({ phoneNumberId, attempts: 0 })),
    );
  });

  test('has a new name each time, and a retry after a lost answer starts no second one', async () => {
    const { reconciliations, received } = await reconciliationsOf(STARTED);
    await reconciliations.start(['106540352242922']);
    await reconciliations.start(['106540352242922']);
    const names = startedIn(received).map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,80}$/);
  });

  test('on request is started once under its name; a second start succeeds without an effect, even after its end', async () => {
    const { reconciliations, received } = await reconciliationsOf(STARTED);
    await reconciliations.start(['106540352242922'], '106540352242922-1');
    expect(startedIn(received)).toEqual([
      {
        name: '106540352242922-1',
        input: { groups: [{ numbers: [{ phoneNumberId: '106540352242922', attempts: 0 }] }] },
      },
    ]);
    const again = await reconciliationsOf({ error: 'ExecutionAlreadyExists' });
    await expect(again.reconciliations.start(['106540352242922'], '106540352242922-1')).resolves.toBeUndefined();
  });

  test('is asked for by the name under which it was started', async () => {
    const { reconciliations, received } = await reconciliationsOf({ error: 'ExecutionDoesNotExist' });
    expect(await reconciliations.stateOf('106540352242922-1')).toBe('missing');
    const executionArn = `${MACHINE.replace(':stateMachine:', ':execution:')}:106540352242922-1`;
    expect(received).toEqual([{ target: 'AWSStepFunctions.DescribeExecution', input: { executionArn } }]);
  });

  test('of as many numbers as are started at once is far below 256 KB', async () => {
    const { reconciliations, received } = await reconciliationsOf(STARTED);
    await reconciliations.start(Array.from({ length: 1_000 }, (_, index) => String(index).padStart(32, '1')));
    expect(JSON.stringify(received).length).toBeLessThan(128 * 1024);
  });

  test.each(REFUSALS)('is not taken for started: %s', async (name) => {
    const { reconciliations } = await reconciliationsOf({ error: name });
    await expect(reconciliations.start(['106540352242922'])).rejects.toThrow(expect.objectContaining({ name }));
  });
});
