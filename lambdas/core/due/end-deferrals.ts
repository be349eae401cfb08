import { addCounts, countsBetween, countsOf, NO_COUNTS } from '../blocklist/counts.ts';
import type { MirrorUser } from '../blocklist/mirror.ts';
import { SERVICE_ACTOR } from '../blocklist/mirror.ts';
import { askerOf, eventOf, type Pass } from '../blocklist/pass.ts';
import { endedDeferral, failureOf } from '../blocklist/refusal.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { Clock } from '../ports.ts';

export interface EndDeferralsDeps {
  readonly store: Pick<
    BlocklistStore,
    'listOpenOperations' | 'startOperation' | 'putUsersWithEvents' | 'settleOperation'
  >;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
  readonly deferDays: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether a deferred block waits no longer: it is too old, or its own end has come before it was made. */
export function isOver({ deferredAt, expiresAt }: MirrorUser, deferDays: number, now: string): boolean {
  if (expiresAt !== undefined && expiresAt <= now) return true;
  return deferredAt !== undefined && Date.parse(deferredAt) + deferDays * DAY_MS <= Date.parse(now);
}

/**
 * Gives up those of the deferred `users` that are over, each with its line in the history; gives the others. Graph is not
 * asked: they are not on its list. Who may have been blocked by a call that nobody knows the end of is left until it is
 * known: a block that was made has its end to come to.
 */
export async function endOverdueDeferrals(
  deps: EndDeferralsDeps,
  phoneNumberId: string,
  users: readonly MirrorUser[],
  now: string,
): Promise<MirrorUser[]> {
  const waiting = users.filter((user) => !isOver(user, deps.deferDays, now));
  if (waiting.length === users.length) return waiting;
  const inDoubt = new Set((await deps.store.listOpenOperations(phoneNumberId)).flatMap(({ ids }) => ids ?? []));
  const over = users.filter(
    (user) => isOver(user, deps.deferDays, now) && !namesOf(user).some((id) => inDoubt.has(id)),
  );
  if (over.length === 0) return waiting;
  const startedMs = deps.clock.now();
  const operation = {
    operationId: deps.newId(startedMs),
    phoneNumberId,
    action: 'block' as const,
    source: 'deferred' as const,
    startedAt: now,
    users: over.length,
    ids: over.map(({ user }) => user),
    actor: SERVICE_ACTOR,
  };
  await deps.store.startOperation(operation);
  const pass: Pass = { ...operation, due: 'deferral', observedAt: now, answeredAt: now };
  const code = GRAPH_CODE.reEngagementRequired;
  const writes = over.map((prior) => {
    const next = endedDeferral(prior, pass, failureOf(code, pass));
    const event = { ...eventOf(prior.user, pass, askerOf(prior, pass), now), outcome: 'failed' as const, code };
    return { id: prior.user, prior, next, event };
  });
  // Who is first is right: another writer has ended, or renewed, the block.
  const lost = new Set(await deps.store.putUsersWithEvents(phoneNumberId, writes));
  const ended = writes.filter(({ id }) => !lost.has(id));
  await deps.store.settleOperation(operation, {
    status: 'finished',
    succeeded: 0,
    failed: over.length,
    deferred: 0,
    counts: countsBetween(ended.map(({ prior }) => countsOf(prior)).reduce(addCounts, NO_COUNTS), NO_COUNTS),
    durationMs: deps.clock.now() - startedMs,
    code,
  });
  return waiting;
}

function namesOf({ user, waId, userId, input }: MirrorUser): string[] {
  return [user, waId, userId, input.replace(/^\+/, '')].filter((id) => id !== undefined);
}
