import { LIMITS } from '../contract.ts';
import { InvalidRequestError } from '../core/errors.ts';

/** The body as a JSON object, or the error that says what it is instead. */
export function readJson(body: string | undefined): Record<string, unknown> {
  if (body === undefined || body === '') throw new InvalidRequestError('body: is empty; send JSON');
  if (Buffer.byteLength(body) > LIMITS.bodyBytes) {
    throw new InvalidRequestError(`body: at most ${LIMITS.bodyBytes} bytes (6 MB); send the list in parts`, 413);
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new InvalidRequestError('body: is not valid JSON');
  }
  if (!isObject(json)) throw new InvalidRequestError('body: must be a JSON object');
  return json;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first problem of each field, by name. */
export function describe(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const first = new Map(issues.map((issue) => [issue.path.join('.') || 'body', issue.message] as const).reverse());
  return [...first]
    .reverse()
    .map(([field, message]) => `${field}: ${message}`)
    .join('; ');
}
