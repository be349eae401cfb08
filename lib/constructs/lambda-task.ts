import { Duration } from 'aws-cdk-lib';
import { TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { BlocklistFunction } from './blocklist-function.ts';
import { retry } from './task-retries.ts';

/** Seconds that a task waits longer than its function may run, so that the function's own time-out is what is seen. */
const TASK_SLACK_SECONDS = 10;

export interface LambdaTaskProps {
  readonly fn: BlocklistFunction;
  /** What the function is given; the whole input of the state unless named. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Where the function's answer goes; it takes the place of the state's input unless named. */
  readonly resultPath?: string;
}

/** A state that calls a function, waits a little longer than it may run, and retries what nobody expects. */
export function lambdaTask(scope: Construct, id: string, props: LambdaTaskProps): LambdaInvoke {
  const { fn, payload, resultPath } = props;
  return retry(
    new LambdaInvoke(scope, id, {
      lambdaFunction: fn.lambda,
      ...(payload !== undefined && { payload: TaskInput.fromObject(payload) }),
      payloadResponseOnly: true,
      ...(resultPath !== undefined && { resultPath }),
      taskTimeout: Timeout.duration(Duration.seconds(fn.timeoutSeconds + TASK_SLACK_SECONDS)),
      // CDK's retries would stand before ours and match some of the same errors.
      retryOnServiceExceptions: false,
    }),
  );
}
