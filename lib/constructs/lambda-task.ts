import { Duration } from 'aws-cdk-lib';
import { TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { BlocklistFunction } from './blocklist-function.ts';
import { retry } from './task-retries.ts';

/** Seconds by which a task waits longer than its function may run, so that the function's own time-out is reported. */
const TASK_SLACK_SECONDS = 10;

export interface LambdaTaskProps {
  readonly fn: BlocklistFunction;
  /** The input of the function; the whole input of the state by default. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** The place for the function's result; it replaces the state's input by default. */
  readonly resultPath?: string;
}

/** A state that calls a function, waits a little longer than it may run, and retries unexpected errors. */
export function lambdaTask(scope: Construct, id: string, props: LambdaTaskProps): LambdaInvoke {
  const { fn, payload, resultPath } = props;
  return retry(
    new LambdaInvoke(scope, id, {
      lambdaFunction: fn.lambda,
      ...(payload !== undefined && { payload: TaskInput.fromObject(payload) }),
      payloadResponseOnly: true,
      ...(resultPath !== undefined && { resultPath }),
      taskTimeout: Timeout.duration(Duration.seconds(fn.timeoutSeconds + TASK_SLACK_SECONDS)),
      // CDK's retries would come before ours and match some of the same errors.
      retryOnServiceExceptions: false,
    }),
  );
}
