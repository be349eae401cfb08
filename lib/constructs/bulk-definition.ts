import {
  Choice,
  Condition,
  DistributedMap,
  type IChainable,
  JsonPath,
  StateMachineType,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { CHUNK_RESULT } from '../../lambdas/contract/attempt-results.ts';
import type { FunctionsOf } from './functions.ts';
import { lambdaTask } from './lambda-task.ts';

export interface BulkDefinitionProps {
  readonly functions: FunctionsOf<'jobs'>;
  /** Chunks of one job that run at the same time. */
  readonly concurrency: number;
}

/** Part of the ARN of the executions that process chunks. */
export const CHUNKS_LABEL = 'Chunks';

/**
 * For each chunk: process it, wait as long as it says, and call it again until it is done. If a fault persists after all
 * retries, only that chunk fails. The job ends whatever happened before. Each step gets the run of the job, so that steps of
 * an earlier run cannot touch a job that was retried.
 */
export function bulkDefinition(scope: Construct, { functions, concurrency }: BulkDefinitionProps): IChainable {
  const job = { jobId: JsonPath.stringAt('$.jobId'), run: JsonPath.numberAt('$.run') };
  const chunk = { ...job, chunk: JsonPath.numberAt('$.chunk') };
  const chunkDone = new Succeed(scope, 'Chunk done', { comment: 'Nothing is handed on', outputPath: JsonPath.DISCARD });

  const failChunk = lambdaTask(scope, 'Fail chunk', {
    fn: functions.failChunk,
    payload: { ...chunk, error: JsonPath.objectAt('$.error') },
    resultPath: JsonPath.DISCARD,
  });
  failChunk.next(chunkDone);

  const processChunk = lambdaTask(scope, 'Process chunk', {
    fn: functions.processChunk,
    payload: chunk,
    resultPath: '$.outcome',
  });
  processChunk.addCatch(failChunk, { resultPath: '$.error' });

  const requeue = new Wait(scope, 'Wait as Graph asks', {
    time: WaitTime.secondsPath('$.outcome.requeueAfterSeconds'),
  });
  processChunk.next(
    new Choice(scope, 'Requeue?')
      .when(Condition.stringEquals('$.outcome.result', CHUNK_RESULT.requeue), requeue)
      .otherwise(chunkDone),
  );
  requeue.next(processChunk);

  const finishJob = lambdaTask(scope, 'Finish job', {
    fn: functions.finishJob,
    payload: job,
    resultPath: JsonPath.DISCARD,
  });

  // Distributed: each chunk has a history of its own, so that long waits do not fill one of 25,000 events.
  const chunks = new DistributedMap(scope, 'Each chunk', {
    label: CHUNKS_LABEL,
    mapExecutionType: StateMachineType.STANDARD,
    itemsPath: '$.chunks',
    itemSelector: { ...job, chunk: JsonPath.numberAt('$$.Map.Item.Value') },
    maxConcurrency: concurrency,
    // If even `fail-chunk` failed, the other chunks must not stop; `finish-job` finds that chunk.
    toleratedFailurePercentage: 100,
    resultPath: JsonPath.DISCARD,
  }).itemProcessor(processChunk);
  chunks.addCatch(finishJob, { resultPath: '$.error' });
  return chunks.next(finishJob);
}
