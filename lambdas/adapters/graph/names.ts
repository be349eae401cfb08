import type { GraphNames } from '../../core/changes/outcome.ts';
import { parseIdentity } from '../../core/users/identity.ts';

/** Graph's own key of a user is digits, however many: what it lists under them stands under them. */
const DIGITS = /^\d{1,32}$/;

/**
 * The ids by which an answer names a user, spelled as everywhere in this service: Graph and its providers write them with a
 * `+`, spaces or without quotes too. `undefined` where one of them cannot be read: nobody may be taken for somebody else, or
 * for gone, by an id that is only a part of what was said. `input` and, of a change, `user` echo what was sent, and are none.
 */
export function graphNames(...ids: readonly (string | null | undefined)[]): GraphNames | undefined {
  let names: GraphNames = {};
  for (const id of ids) {
    // Some serialise a field that is not set like that.
    if (id === null || id === undefined || id === '') continue;
    const { kind, id: read } = parseIdentity(id) ?? { kind: DIGITS.test(id) ? 'phone' : undefined, id };
    if (kind === undefined) return undefined;
    names = kind === 'phone' ? { waId: read, ...names } : { userId: read, ...names };
  }
  return names;
}
