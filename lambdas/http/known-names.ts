import { InvalidRequestError } from '../core/errors.ts';
import { quoted } from './text.ts';

/**
 * Parameters that Graph accepts with every call, and that its clients send: how to answer, and credentials. Source: Graph's
 * guides on secure requests and debugging, its JavaScript SDK and its Explorer. `callback` is not among them: it asks for a
 * script, and a client that can sign for AWS does not need one.
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
 * Whether a parameter is accepted and ignored. That is the case on routes that Graph has too, so that its clients work
 * unchanged. Its value is dropped before anything is read, so it is never in an answer, a link or a log.
 */
export function isIgnored(route: string, name: string): boolean {
  return route.endsWith('/block_users') && GRAPH_GENERAL.has(name);
}

/**
 * Refuses a name that the route does not know. If it were ignored, an option would be lost without notice: a block without
 * its end, a list without its filter.
 */
export function refuseUnknown(names: Iterable<string>, known: readonly string[], listed = known): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const taken = listed.length === 0 ? 'it takes none' : `it takes ${listed.join(', ')}`;
    throw new InvalidRequestError(`${quoted(name, 40)}: is not a parameter of this route; ${taken}`);
  }
}
