import { Duration } from 'aws-cdk-lib';
import { JitterType, type RetryProps, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';

/** Lambda itself failed. Waits of at most 2, 4, 8, 16, 32, 60 s (half of it on average, with full jitter): 2 minutes. */
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
 * A crash, a time-out, or an error that the function threw. All are unexpected, since Graph's answers are returned and not
 * thrown. Waits of at most 5, 10, 20 s: 35 s. Last, because `States.TaskFailed` matches everything but time-outs.
 */
const UNEXPECTED: RetryProps = {
  errors: ['States.TaskFailed', 'States.Timeout'],
  interval: Duration.seconds(5),
  backoffRate: 2,
  maxAttempts: 3,
  maxDelay: Duration.seconds(60),
  jitterStrategy: JitterType.FULL,
};

/** Retries a task after unexpected errors, each kind in its own way. */
export function retry<T extends TaskStateBase>(task: T): T {
  for (const policy of [LAMBDA_SERVICE_FAULT, CROWDED, UNEXPECTED]) task.addRetry(policy);
  return task;
}
