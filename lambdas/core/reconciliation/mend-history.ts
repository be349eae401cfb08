import { lastChange } from '../blocklist/last-change.ts';
import { type AuditEvent, EXTERNAL_ACTOR, type MirrorUser, mirrorUser } from '../blocklist/mirror.ts';
import { isAfter } from '../blocklist/pass.ts';
import { readUsers } from '../blocklist/read-users.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { meets, type OpenOperations } from './open-operations.ts';
import type { Scan } from './scan-list.ts';

export interface Mending {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'pageEvents' | 'appendEvents'>;
  readonly phoneNumberId: string;
  readonly reconciliationId: string;
  readonly scan: Scan;
  readonly open: OpenOperations;
}

/** Histories read at the same time. */
const AT_ONCE = 20;

/**
 * An operation that died between a user's history and mirror has told a change that the mirror never showed. What came
 * after it may then have looked like nothing new, and was not told. Here the history gets the line that is missing, so that
 * it ends with the state that the user is in. Only users of abandoned operations can be concerned.
 */
export async function mendHistory(mending: Mending): Promise<void> {
  const { store, phoneNumberId, open } = mending;
  // Whoever is part of an operation under way was left alone on the mirror, which says nothing of them now.
  const ids = [...new Set(open.abandoned.filter((named) => !meets(named, open)).flatMap((named) => [...named.ids]))];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const known = await readUsers(store, phoneNumberId, ids.slice(from, from + AT_ONCE), true);
    // Several ids can be one user, who is to be told of once.
    const users = new Map([...known.values()].map((one) => [one.user, one.stored]));
    const missing = await Promise.all(
      [...users].map(([user, stored]) => missingEvent(mending, user, mirrorUser(stored))),
    );
    await store.appendEvents(
      phoneNumberId,
      missing.flatMap((event) => event ?? []),
    );
  }
}

async function missingEvent(
  mending: Mending,
  user: string,
  known: MirrorUser | undefined,
): Promise<AuditEvent | undefined> {
  const { store, phoneNumberId, scan, open, reconciliationId } = mending;
  const last = await lastChange(store, phoneNumberId, user);
  const isBlocked = known?.state === 'blocked';
  if (!last || (last.action === 'block') === isBlocked) return undefined;
  // Told by anybody else, it is the history of an operation whose mirror write is still to come.
  if (!open.abandoned.some(({ operation }) => operation.operationId === last.operationId)) return undefined;
  const change = { user, action: isBlocked ? ('block' as const) : ('unblock' as const), outcome: 'succeeded' as const };
  // Told after the mirror's own observation was over: then it is not the mirror's operation that brought the user here. Where
  // both overlapped, Graph carried out the mirror's last, and it is told once more.
  const isObserved = known !== undefined && known.state !== 'unknown' && known.state !== 'deferred';
  if (isObserved && isAfter(known.observedAt, known.callMs, last.at)) {
    const at = new Date(Math.max(Date.parse(known.observedAt), Date.parse(last.at) + 1)).toISOString();
    const { operationId, source, actor, onBehalfOf, reason, expiresAt } = known;
    return { ...change, at, operationId, source, actor, onBehalfOf, reason, expiresAt };
  }
  return { ...change, at: scan.startedAt, operationId: reconciliationId, source: 'external', actor: EXTERNAL_ACTOR };
}
