import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { AuditEvent } from './audit-event.ts';

/** How many events are searched for the last change, since refusals may follow it. */
const LATEST = 10;

/** The last change in a user's history. */
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

/** The last change among events, which are in the order newest first. */
export function changeAmong(events: readonly AuditEvent[]): AuditEvent | undefined {
  return events.find(({ action, outcome }) => outcome === 'succeeded' && (action === 'block' || action === 'unblock'));
}
