import { operationOf } from '../changes/operation.ts';
import { failAll } from '../changes/outcome.ts';
import { failChange, type RunChangeDeps } from '../changes/run-change.ts';
import { DAY_MS } from '../durations.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import { parseIdentity } from '../users/identity.ts';
import { type MirrorUser, SERVICE_ACTOR } from '../users/mirror.ts';

export interface EndDeferralsDeps extends RunChangeDeps {
  readonly store: BlocklistStore;
  readonly newId: (now: number) => string;
  readonly deferDays: number;
}

/** Whether a deferred block has expired: it is too old, or its own end came before it was made. */
export function isExpired({ deferredAt, expiresAt }: MirrorUser, deferDays: number, now: string): boolean {
  if (expiresAt !== undefined && expiresAt <= now) return true;
  return deferredAt !== undefined && Date.parse(deferredAt) + deferDays * DAY_MS <= Date.parse(now);
}

/**
 * Ends the deferred blocks of `users` that have expired, each with an audit event, and gives the other users. Graph is not
 * called, since these users are not on its list. If a user may have been blocked by a call whose result is unknown, their
 * block is left until it is known: a block that was made has its own end.
 */
export async function endExpiredDeferrals(
  deps: EndDeferralsDeps,
  { phoneNumberId, users }: { readonly phoneNumberId: string; readonly users: readonly MirrorUser[] },
  now: string,
): Promise<readonly MirrorUser[]> {
  const isGivenUp = (user: MirrorUser) => isExpired(user, deps.deferDays, now);
  const waiting = users.filter((user) => !isGivenUp(user));
  if (waiting.length === users.length) return waiting;
  const uncertainIds = new Set((await deps.store.listOpenOperations(phoneNumberId)).flatMap(({ ids }) => ids ?? []));
  const over = users.filter((user) => isGivenUp(user) && !deferredUserIds(user).some((id) => uncertainIds.has(id)));
  const identities = over.flatMap(({ user }) => parseIdentity(user) ?? []);
  if (identities.length === 0) return waiting;
  const started = { operationId: deps.newId(deps.clock.now()), startedAt: now };
  const asking = { phoneNumberId, action: 'block', source: 'deferred', actor: SERVICE_ACTOR } as const;
  const attempt = { operation: operationOf(started, asking, identities), identities, observedAt: now };
  const failure = { code: GRAPH_CODE.reEngagementRequired, message: 'The user did not write in time' };
  await failChange(
    deps,
    { ...attempt, scheduledAction: 'deferral', isGivenUp },
    {
      outcomes: failAll(identities, failure),
      certain: 'finished',
      code: failure.code,
    },
  );
  return waiting;
}

function deferredUserIds({ user, waId, userId, input }: MirrorUser): string[] {
  return [user, waId, userId, input.replace(/^\+/, '')].filter((id) => id !== undefined);
}
