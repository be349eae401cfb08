import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { StepFunctionsWorkflow } from '../../../lambdas/adapters/workflow/step-functions.ts';
import { type AwsAnswer, cannedAws } from '../../support/canned-aws.ts';

const ARN = 'arn:aws:states:eu-central-1:123456789012:stateMachine:Bulk-AbCdEf';
const JOB = '106540352242922-01JZ5W8Q6M3N4P5R6S7T8V9WXY';
const STARTED: AwsAnswer = { body: { executionArn: `${ARN}:1`, startDate: 1_780_000_000 } };

async function workflowOf(answer: AwsAnswer) {
  const { received, options } = await cannedAws(() => answer);
  return { workflow: new StepFunctionsWorkflow(new SFNClient(options), ARN), received };
}

test('a job starts the execution of its name, whose input holds numbers of chunks and nobody', async () => {
  const { workflow, received } = await workflowOf(STARTED);
  await workflow.start(JOB, 3);
  expect(received).toEqual([
    {
      target: 'AWSStepFunctions.StartExecution',
      input: { stateMachineArn: ARN, name: JOB, input: JSON.stringify({ jobId: JOB, chunks: [0, 1, 2] }) },
    },
  ]);
});

test('the input of the largest job is far below 256 KB', async () => {
  const { workflow, received } = await workflowOf(STARTED);
  await workflow.start(JOB, 128);
  expect(JSON.stringify(received).length).toBeLessThan(2_000);
});

test('a job that was started before is fine', async () => {
  const { workflow, received } = await workflowOf({ error: 'ExecutionAlreadyExists' });
  await expect(workflow.start(JOB, 1)).resolves.toBeUndefined();
  expect(received).toHaveLength(1);
});

describe('a job is not taken for started when', () => {
  test.each(['StateMachineDoesNotExist', 'ExecutionLimitExceeded', 'AccessDeniedException', 'InvalidName'])(
    '%s',
    async (name) => {
      const { workflow } = await workflowOf({ error: name });
      await expect(workflow.start(JOB, 1)).rejects.toThrow(expect.objectContaining({ name }));
    },
  );
});
