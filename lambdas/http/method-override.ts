import { InvalidRequestError } from '../core/errors.ts';

/** Graph's `method`, which its old SDKs send with every call, and what frameworks use; PHP makes `method[]` of a list. */
const PARAMETER = /^_?method(?:\[|$)/i;
const HEADERS = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/**
 * Refuses parameters or headers that ask for another HTTP method: whoever sends one means what it says, and not what the
 * request itself says. Refused even where both agree, since nothing here follows it.
 */
export function refuseMethodOverride(names: Iterable<string>): void {
  for (const name of names) {
    if (!PARAMETER.test(name) && !HEADERS.includes(name)) continue;
    throw new InvalidRequestError(
      `${name}: does not change the HTTP method here; leave it out, and send POST to block, DELETE to unblock, GET to read`,
    );
  }
}
