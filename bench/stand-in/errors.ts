const NAMESPACE = 'com.amazonaws.dynamodb.v20120810#';
const CORAL_NAMESPACE = 'com.amazon.coral.validate#';

/** An error in the shape in which DynamoDB answers it. */
export class DynamoError extends Error {
  override name = 'DynamoError';
  readonly body: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.body = { __type: type, message, ...more };
  }
}

export function validationError(message: string): DynamoError {
  return new DynamoError(`${CORAL_NAMESPACE}ValidationException`, message);
}

export function dynamoError(name: string, message: string): DynamoError {
  return new DynamoError(NAMESPACE + name, message);
}

export const CONDITION_FAILED = 'The conditional request failed';

export function conditionFailed(): DynamoError {
  return dynamoError('ConditionalCheckFailedException', CONDITION_FAILED);
}

export function transactionCancelled(refused: readonly boolean[]): DynamoError {
  const codes = refused.map((one) => (one ? 'ConditionalCheckFailed' : 'None'));
  return new DynamoError(
    `${NAMESPACE}TransactionCanceledException`,
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    { CancellationReasons: codes.map((Code) => (Code === 'None' ? { Code } : { Code, Message: CONDITION_FAILED })) },
  );
}
