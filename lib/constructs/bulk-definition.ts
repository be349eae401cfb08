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
  /** Lanes of one job: as many calls to Graph are in progress at the same time. */
  readonly concurrency: number;
}

/** Part of the ARN of the executions that process lanes of chunks. */
export const CHUNKS_LABEL = 'Chunks';

/**
 * For each lane: process its chunks, wait as long as Graph asks, and call it again until all are done. If a fault persists after
 * all retries, only the chunk that met it fails, and the lane goes on. The job ends whatever happened before. Each step gets the
 * run of the job, so that steps of an earlier run cannot touch a job that was retried.
 *
 * The whole input is handed on, since an execution that the last version started has no `lanes`: then a lane is one chunk.
 */
export function bulkDefinition(scope: Construct, { functions, concurrency }: BulkDefinitionProps): IChainable {
  const job = { jobId: JsonPath.stringAt('$.jobId'), run: JsonPath.numberAt('$.run') };
  const lane = { job: JsonPath.objectAt('$.job'), chunk: JsonPath.numberAt('$.chunk') };
  const laneDone = new Succeed(scope, 'Lane done', { comment: 'Nothing is handed on', outputPath: JsonPath.DISCARD });

  const failChunk = lambdaTask(scope, 'Fail chunk', {
    fn: functions.failChunk,
    payload: { ...lane, error: JsonPath.objectAt('$.error') },
    resultPath: JsonPath.DISCARD,
  });

  const processLane = lambdaTask(scope, 'Process lane', {
    fn: functions.processChunk,
    payload: lane,
    resultPath: '$.outcome',
  });
  processLane.addCatch(failChunk, { resultPath: '$.error' });
  failChunk.next(processLane);

  const requeue = new Wait(scope, 'Wait as Graph asks', {
    time: WaitTime.secondsPath('$.outcome.requeueAfterSeconds'),
  });
  processLane.next(
    new Choice(scope, 'Requeue?')
      .when(Condition.stringEquals('$.outcome.result', CHUNK_RESULT.requeue), requeue)
      .otherwise(laneDone),
  );
  requeue.next(processLane);

  const finishJob = lambdaTask(scope, 'Finish job', {
    fn: functions.finishJob,
    payload: job,
    resultPath: JsonPath.DISCARD,
  });

  // Distributed: each lane has a history of its own, so that long waits do not fill one of 25,000 events.
  const lanes = new DistributedMap(scope, 'Each lane', {
    label: CHUNKS_LABEL,
    mapExecutionType: StateMachineType.STANDARD,
    itemsPath: '$.chunks',
    itemSelector: { job: JsonPath.objectAt('$'), chunk: JsonPath.numberAt('$$.Map.Item.Value') },
    maxConcurrency: concurrency,
    // If even `fail-chunk` failed, the other lanes must not stop; `finish-job` finds the chunks of this one.
    toleratedFailurePercentage: 100,
    resultPath: JsonPath.DISCARD,
  }).itemProcessor(processLane);
  lanes.addCatch(finishJob, { resultPath: '$.error' });
  return lanes.next(finishJob);
}
