import { Duration } from 'aws-cdk-lib';
import {
  Choice,
  Condition,
  DistributedMap,
  type IChainable,
  JitterType,
  JsonPath,
  type RetryProps,
  StateMachineType,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { CHUNK_FUNCTION_TIMEOUT_SECONDS, CHUNK_RESULT, JOB_FUNCTION_TIMEOUT_SECONDS } from '../../lambdas/contract.ts';
import type { BulkWorkflowProps } from './bulk-workflow.ts';

/** Part of the ARN of the executions that work on chunks. */
export const MAP_LABEL = 'Chunks';

/** Seconds that a task waits longer than its function may run, so that the function's own time-out is what is seen. */
const TASK_SLACK_SECONDS = 10;

/** Lambda itself failed. Waits of 2, 4, 8, 16, 32, 60 s at most (half of it on average with full jitter): 2 minutes. */
const LAMBDA_SERVICE_FAULT: RetryProps = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
  ],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 6,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
};

/**
 * No concurrency is left: a new account has 10 for all its functions, and other jobs use them. Waits of 2, 4, 8, 16, 32,
 * then 28 of 60 s at most: 29 minutes.
 */
const CROWDED: RetryProps = {
  errors: ['Lambda.TooManyRequestsException'],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 33,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
};

/**
 * A crash, a time-out, an error that the function threw: none of them expected, since whatever Graph may say is returned
 * and not thrown. Waits of 5, 10, 20 s at most: 35 s. Last, because `States.TaskFailed` matches all but time-outs.
 */
const UNEXPECTED: RetryProps = {
  errors: ['States.TaskFailed', 'States.Timeout'],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxAttempts: 3,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
};

/**
 * A chunk at a time: process it, wait as long as it says and come again, until it is done; a fault that no retry healed
 * fails that chunk and no other. The job ends whatever happened before.
 */
export function bulkDefinition(
  scope: Construct,
  { functions, concurrency }: Pick<BulkWorkflowProps, 'functions' | 'concurrency'>,
): IChainable {
  const chunkDone = new Succeed(scope, 'Chunk done', { comment: 'Nothing is handed on', outputPath: JsonPath.DISCARD });

  const failChunk = new LambdaInvoke(scope, 'Fail chunk', {
    lambdaFunction: functions.failChunk.lambda,
    payload: TaskInput.fromObject({
      jobId: JsonPath.stringAt('$.jobId'),
      chunk: JsonPath.numberAt('$.chunk'),
      error: JsonPath.objectAt('$.error'),
    }),
    payloadResponseOnly: true,
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(Duration.seconds(CHUNK_FUNCTION_TIMEOUT_SECONDS + TASK_SLACK_SECONDS)),
    retryOnServiceExceptions: false,
  });
  retry(failChunk).next(chunkDone);

  const processChunk = new LambdaInvoke(scope, 'Process chunk', {
    lambdaFunction: functions.processChunk.lambda,
    payload: TaskInput.fromObject({ jobId: JsonPath.stringAt('$.jobId'), chunk: JsonPath.numberAt('$.chunk') }),
    payloadResponseOnly: true,
    resultPath: '$.outcome',
    taskTimeout: Timeout.duration(Duration.seconds(CHUNK_FUNCTION_TIMEOUT_SECONDS + TASK_SLACK_SECONDS)),
    retryOnServiceExceptions: false,
  });
  retry(processChunk).addCatch(failChunk, { resultPath: '$.error' });

  const again = new Wait(scope, 'Wait as Graph asks', { time: WaitTime.secondsPath('$.outcome.seconds') });
  processChunk.next(
    new Choice(scope, 'Again?')
      .when(Condition.stringEquals('$.outcome.result', CHUNK_RESULT.again), again)
      .otherwise(chunkDone),
  );
  again.next(processChunk);

  const finishJob = new LambdaInvoke(scope, 'Finish job', {
    lambdaFunction: functions.finishJob.lambda,
    payload: TaskInput.fromObject({ jobId: JsonPath.stringAt('$.jobId') }),
    payloadResponseOnly: true,
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(Duration.seconds(JOB_FUNCTION_TIMEOUT_SECONDS + TASK_SLACK_SECONDS)),
    retryOnServiceExceptions: false,
  });
  retry(finishJob);

  // Distributed: each chunk has a history of its own, so that long waits do not fill one of 25,000 events.
  const chunks = new DistributedMap(scope, 'Each chunk', {
    label: MAP_LABEL,
    mapExecutionType: StateMachineType.STANDARD,
    itemsPath: '$.chunks',
    itemSelector: { jobId: JsonPath.stringAt('$.jobId'), chunk: JsonPath.numberAt('$$.Map.Item.Value') },
    maxConcurrency: concurrency,
    // A chunk that even `fail-chunk` could not write off must not stop the others; `finish-job` finds it.
    toleratedFailurePercentage: 100,
    resultPath: JsonPath.DISCARD,
  }).itemProcessor(processChunk);
  chunks.addCatch(finishJob, { resultPath: '$.error' });
  return chunks.next(finishJob);
}

function retry(task: LambdaInvoke): LambdaInvoke {
  for (const policy of [LAMBDA_SERVICE_FAULT, CROWDED, UNEXPECTED]) task.addRetry(policy);
  return task;
}
