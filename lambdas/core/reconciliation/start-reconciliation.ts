import type { NumberSummary } from '../blocklist/mirror.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import type { TokenSource } from '../ports.ts';
import type { Reconciliations } from './ports.ts';

export interface StartReconciliationDeps {
  readonly store: Pick<BlocklistStore, 'getSummary'>;
  readonly tokens: TokenSource;
  readonly reconciliations: Reconciliations;
}

/** Starts the reconciliation of a number now. Gives what is known of the number from before. */
export async function startReconciliation(
  deps: StartReconciliationDeps,
  phoneNumberId: string,
): Promise<NumberSummary | undefined> {
  // A caller who waits is told at once that there is no token; what Graph says of the number is reported afterwards.
  await deps.tokens.credentials(phoneNumberId);
  const summary = await deps.store.getSummary(phoneNumberId, true);
  await deps.reconciliations.start([phoneNumberId]);
  return summary;
}
