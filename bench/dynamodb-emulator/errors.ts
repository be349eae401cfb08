/** An error in the shape in which DynamoDB answers it. */
export class DynamoDbError extends Error {
  override name = 'DynamoDbError';
  readonly body: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.body = { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more };
  }
}

/** Also what is answered to anything that the emulator does not know: it never looks as if it were done. */
export function validationError(message: string): DynamoDbError {
  return new DynamoDbError('ValidationException', message);
}

export function notUnderstood(text: string): DynamoDbError {
  return validationError(`The emulator does not understand "${text}"`);
}
