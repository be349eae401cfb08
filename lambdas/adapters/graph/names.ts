import type { GraphNames } from '../../core/changes/outcome.ts';
import { parseIdentity } from '../../core/users/identity.ts';

/** Graph's own key of a user is digits, of any length: the mirror uses the same key. */
const DIGITS = /^\d{1,32}$/;

/**
 * The ids with which an answer names a user, in the spelling of this service: Graph and its providers may write them with a
 * `+`, with spaces or without quotes. `undefined` if one of them cannot be read: a user must not be mistaken for somebody
 * else, or count as unblocked, because of a part of an id. `input` and, for a change, `user` echo what was sent, and are no
 * such ids.
 */
export function graphNames(...ids: readonly (string | null | undefined)[]): GraphNames | undefined {
  let names: GraphNames = {};
  for (const id of ids) {
    // Some write a field like that if it is not set.
    if (id === null || id === undefined || id === '') continue;
    const { kind, id: read } = parseIdentity(id) ?? { kind: DIGITS.test(id) ? 'phone' : undefined, id };
    if (kind === undefined) return undefined;
    names = kind === 'phone' ? { waId: read, ...names } : { userId: read, ...names };
  }
  return names;
}
