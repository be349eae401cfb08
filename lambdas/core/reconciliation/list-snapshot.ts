import { LIMITS } from '../../contract/limits.ts';
import { type CallPolicy, callGraph } from '../call-graph.ts';
import { GraphError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { isoNow } from '../iso-time.ts';
import type { Clock, Graph, GraphPage, TokenSource } from '../ports/services.ts';

export interface SnapshotDeps {
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  /** The policy of the call for each page. */
  readonly policy: CallPolicy;
}

export interface GraphListUser {
  readonly waId?: string | undefined;
  readonly userId?: string | undefined;
}

/** A snapshot of Graph's whole list, as it was at every moment between `startedAt` and `endedAt`. */
export interface ListSnapshot {
  /** By the key of the mirror item: the `wa_id`, or the BSUID if there is none. */
  readonly users: ReadonlyMap<string, GraphListUser>;
  /** ISO 8601, before the first page was requested. */
  readonly startedAt: string;
  readonly endedAt: string;
}

/**
 * Reads Graph's list from its first page to its last, or throws: it never gives a part of a list. Throws `GraphError` of kind
 * `list_changed` if somebody changed the list meanwhile, since Graph's cursors have the version of the list. Throws one of
 * kind `unreadable` if a page does not say who is on it: a user must not count as unblocked because the list is not
 * understood.
 */
export async function takeSnapshot(
  deps: SnapshotDeps,
  phoneNumberId: string,
  deadlineMs: number,
): Promise<ListSnapshot> {
  const startedAt = isoNow(deps.clock);
  const users = new Map<string, GraphListUser>();
  const cursors = new Set<string>();
  for (let after: string | undefined; ; ) {
    if (deps.clock.now() > deadlineMs) throw incomplete('The list could not be read to its end in time');
    const page = await readPage(deps, phoneNumberId, after);
    for (const user of page.users) {
      const id = user.waId ?? user.userId;
      // The user is listed twice, perhaps once without the other id.
      users.set(id, { ...user, userId: user.userId ?? users.get(id)?.userId });
    }
    const isEmpty = page.users.length === 0;
    if (page.after === undefined || cursors.has(page.after) || (isEmpty && page.hasNext !== true)) {
      const isIncomplete = page.hasNext === true && (page.after === undefined || !isEmpty);
      // With a part of the list, everyone else would look unblocked.
      if (isIncomplete) throw incomplete('Graph announced a next page without a new cursor to it');
      return { users, startedAt, endedAt: isoNow(deps.clock) };
    }
    cursors.add(page.after);
    after = page.after;
  }
}

/** The credentials are read for each page, from a cache, so that a token that is replaced meanwhile is used from then on. */
async function readPage(deps: SnapshotDeps, phoneNumberId: string, after: string | undefined): Promise<GraphPage> {
  const credentials = await deps.tokens.credentials(phoneNumberId);
  return callGraph(deps, { phoneNumberId, credentials }, (call) =>
    deps.graph.listUsers(call, { limit: LIMITS.pageSize, after }),
  );
}

function incomplete(message: string): GraphError {
  return new GraphError({ kind: 'transient', code: GRAPH_CODE.internal, message });
}
