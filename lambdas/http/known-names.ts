import { GRAPH_GENERAL_PARAMETERS } from '../contract/graph-parameters.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { quoted } from './text.ts';

const GRAPH_GENERAL: ReadonlySet<string> = new Set(GRAPH_GENERAL_PARAMETERS);

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
