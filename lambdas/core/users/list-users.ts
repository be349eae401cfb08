import { type CallPolicy, callGraph } from '../call-graph.ts';
import { TokenMissingError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { ListPage, ListPosition } from '../ports/list-page.ts';
import type { Clock, Graph, GraphPage, TokenSource } from '../ports/services.ts';
import type { ListFilter } from './list-filter.ts';
import type { NumberSummary } from './number-summary.ts';
import type { SummaryCache } from './summary-cache.ts';

export interface ListDeps {
  readonly store: BlocklistStore;
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly summaries: SummaryCache;
  readonly policy: CallPolicy;
}

export interface MirrorPage extends ListPage {
  readonly backward: boolean;
  /** Whether the page was requested from a neighbouring page, so that there is something on that side. */
  readonly middle: boolean;
  readonly summary: NumberSummary | undefined;
}

/**
 * A page of the mirror. Throws `TokenMissingError` if the number has no token. Nobody could ever have changed such a list
 * through this service, so an answer "nobody is blocked" would mislead.
 */
export async function listBlockedUsers(
  deps: Pick<ListDeps, 'store' | 'summaries' | 'tokens'>,
  page: {
    phoneNumberId: string;
    limit: number;
    after?: ListPosition | undefined;
    before?: ListPosition | undefined;
    filter?: ListFilter | undefined;
  },
): Promise<MirrorPage> {
  const { phoneNumberId, limit, after, before, filter } = page;
  const backward = before !== undefined;
  const from = before ?? after;
  const [listed, summary] = await Promise.all([
    deps.store.pageBlocked(phoneNumberId, { limit, from, backward, filter }),
    deps.summaries.get(phoneNumberId),
    requireToken(deps.tokens, phoneNumberId),
  ]);
  return { ...listed, backward, middle: from !== undefined, summary };
}

/** A fault of Secrets Manager is no reason to withhold the mirror's list. */
async function requireToken(tokens: TokenSource, phoneNumberId: string): Promise<void> {
  try {
    await tokens.credentials(phoneNumberId);
  } catch (error) {
    if (error instanceof TokenMissingError) throw error;
  }
}

/** A page of Graph's own list, with Graph's own cursors. */
export async function listGraphUsers(
  deps: ListDeps,
  page: {
    phoneNumberId: string;
    version?: string | undefined;
    limit: number;
    after?: string | undefined;
    before?: string | undefined;
  },
): Promise<GraphPage & { readonly summary: NumberSummary | undefined }> {
  const { phoneNumberId, version, limit, after, before } = page;
  const credentials = await deps.tokens.credentials(phoneNumberId);
  const [listed, summary] = await Promise.all([
    callGraph(deps, { phoneNumberId, version, credentials }, (call) =>
      deps.graph.listUsers(call, { limit, after, before }),
    ),
    deps.summaries.get(phoneNumberId),
  ]);
  return { ...listed, summary };
}
