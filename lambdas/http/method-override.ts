import { InvalidRequestError } from '../core/errors.ts';

/**
 * Graph's `method`, which its old SDKs send with every call, and the names that frameworks use. PHP writes a list as
 * `method[]`.
 */
const PARAMETER = /^_?method(?:\[|$)/i;
const HEADERS = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/**
 * Refuses parameters or headers that ask for another HTTP method. The sender of one expects it to be followed, and this
 * service follows none. Therefore they are refused even if both methods agree.
 */
export function refuseMethodOverride(names: Iterable<string>): void {
  for (const name of names) {
    if (!PARAMETER.test(name) && !HEADERS.includes(name)) continue;
    throw new InvalidRequestError(
      `${name}: does not change the HTTP method here; leave it out, and send POST to block, DELETE to unblock, GET to read`,
    );
  }
}
