import { lastChange } from './last-change.ts';
import type { AuditEvent, Requester, Source } from './mirror.ts';
import type { Action } from './outcome.ts';
import type { BlocklistStore } from './store.ts';

/** What Graph was told last of some users, and by which operation. */
export interface LastTold extends Requester {
  readonly phoneNumberId: string;
  readonly operationId: string;
  readonly action: Action;
  readonly source: Source;
  readonly users: readonly string[];
}

/**
 * After Graph was put right, the history of each user ends with that, whatever others, whose calls were under way at the
 * same moment, have told meanwhile.
 */
export async function tellLast(
  store: Pick<BlocklistStore, 'pageEvents' | 'appendEvents'>,
  { users, phoneNumberId, ...told }: LastTold,
  nowMs: number,
): Promise<void> {
  const events = await Promise.all(
    users.map(async (user): Promise<AuditEvent[]> => {
      const last = await lastChange(store, phoneNumberId, user);
      if (!last || last.action === told.action) return [];
      const at = new Date(Math.max(nowMs, Date.parse(last.at) + 1)).toISOString();
      const { operationId, action, source, actor, onBehalfOf, reason } = told;
      return [{ user, at, operationId, action, outcome: 'succeeded', actor, onBehalfOf, reason, source }];
    }),
  );
  await store.appendEvents(phoneNumberId, events.flat());
}
