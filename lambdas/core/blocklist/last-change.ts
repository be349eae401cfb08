import type { AuditEvent } from './mirror.ts';
import type { BlocklistStore } from './store.ts';

/** Events among which the last change is looked for: refusals stand between. */
const LATEST = 10;

/** The last change that the history of a user tells. */
export async function lastChange(
  store: Pick<BlocklistStore, 'pageEvents'>,
  phoneNumberId: string,
  user: string,
): Promise<AuditEvent | undefined> {
  return changeAmong(await latestEvents(store, phoneNumberId, user));
}

export function latestEvents(
  store: Pick<BlocklistStore, 'pageEvents'>,
  phoneNumberId: string,
  user: string,
): Promise<AuditEvent[]> {
  return store.pageEvents(phoneNumberId, [user], { limit: LATEST });
}

/** The last change among events that are the newest first. */
export function changeAmong(events: readonly AuditEvent[]): AuditEvent | undefined {
  return events.find(({ action, outcome }) => outcome === 'succeeded' && (action === 'block' || action === 'unblock'));
}
