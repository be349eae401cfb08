import { InvalidRequestError } from '../core/errors.ts';
import { quoted } from './text.ts';

/**
 * Parameters that Graph takes on every call, and its clients send with any: how to answer, and credentials. Source: Graph's
 * guides on secure requests and debugging, its JavaScript SDK and its Explorer. `callback` is none of them: it asks for a
 * script, and who can sign for AWS needs none.
 */
const GRAPH_GENERAL: ReadonlySet<string> = new Set([
  'access_token',
  'appsecret_proof',
  'appsecret_time',
  'debug',
  'format',
  'include_headers',
  'locale',
  'pretty',
  'sdk',
  'suppress_http_code',
  'transport',
]);

/**
 * Whether a name is taken and means nothing here: on routes that are Graph's own too, so that its clients work unchanged. What
 * it holds is dropped before anything is read, and so never comes into an answer, a link or a log.
 */
export function isIgnored(route: string, name: string): boolean {
  return route.endsWith('/block_users') && GRAPH_GENERAL.has(name);
}

/**
 * Refuses a name that the route does not know. Left alone it would be an option that is lost without a word: a block without
 * its end, a list without its filter.
 */
export function refuseUnknown(names: Iterable<string>, known: readonly string[], listed = known): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const taken = listed.length === 0 ? 'it takes none' : `it takes ${listed.join(', ')}`;
    throw new InvalidRequestError(`${quoted(name, 40)}: is not a parameter of this route; ${taken}`);
  }
}
