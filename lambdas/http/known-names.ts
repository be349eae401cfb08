import { GRAPH_GENERAL_PARAMETERS } from '../contract/graph-parameters.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { quoted } from './text.ts';

const GRAPH_GENERAL: ReadonlySet<string> = new Set(GRAPH_GENERAL_PARAMETERS);

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
    const taken = listed.length === 0 ? 'this route takes none' : `known are ${listed.join(', ')}`;
    throw new InvalidRequestError(`${quoted(name, 40)}: no such parameter here; ${taken}`);
  }
}
