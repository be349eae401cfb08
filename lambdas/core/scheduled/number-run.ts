import { type ScheduledAction, wantsAction } from '../changes/attempt-context.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import type { UserOutcome } from '../changes/outcome.ts';
import { announceScheduled, type ScheduledEventDeps } from '../events/scheduled-event.ts';
import { inBatches } from '../in-batches.ts';
import { isoNow } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Credentials } from '../ports/services.ts';
import { parseIdentity } from '../users/identity.ts';
import { type MirrorUser, mirrorUser, SERVICE_ACTOR } from '../users/mirror.ts';
import { endExpiredDeferrals } from './end-deferrals.ts';

export interface NumberRunDeps extends ChangeUsersDeps, Pick<ScheduledEventDeps, 'eventUsers'> {
  readonly store: BlocklistStore;
  /** How many calls to Graph run at once for one number. */
  readonly concurrency: number;
  /** Days after which a deferred block is given up. */
  readonly deferDays: number;
}

/** The users of one number with a scheduled action now. */
export interface NumberRun {
  readonly scheduledAction: ScheduledAction;
  readonly phoneNumberId: string;
  readonly ids: readonly string[];
}

/** The result for the users of one number. */
export interface NumberRunEnd {
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  readonly remaining: number;
}

const ACTIONS = { expiry: 'unblock', deferral: 'block' } as const;
const SOURCES = { expiry: 'expiry', deferral: 'deferred' } as const;

/** Processes one number: several batches at once, until no user remains, Graph refuses a batch, or time runs out. */
export async function runNumber(deps: NumberRunDeps, run: NumberRun, deadlineMs: number): Promise<NumberRunEnd> {
  const { phoneNumberId, ids } = run;
  const credentials = await deps.tokens.credentials(phoneNumberId);
  const sum = { succeeded: 0, failed: 0, deferred: 0, remaining: ids.length };
  await mapConcurrent([...inBatches(ids, credentials.batchLimit)], deps.concurrency, async (batch) => {
    if (deps.clock.now() >= deadlineMs) return;
    sum.remaining -= batch.length;
    for (const { failure, deferral } of await runBatch(deps, { ...run, ids: batch }, credentials)) {
      sum[failure ? 'failed' : deferral ? 'deferred' : 'succeeded'] += 1;
    }
  });
  return sum;
}

async function runBatch(
  deps: NumberRunDeps,
  { scheduledAction, phoneNumberId, ids }: NumberRun,
  credentials: Credentials,
): Promise<readonly UserOutcome[]> {
  const now = isoNow(deps.clock);
  // A consistent read, since the index is behind the table, and a user who was handled a moment ago must not cost a call.
  const stored = await deps.store.getUsers(phoneNumberId, ids, true);
  const users = [...stored.values()]
    .flatMap((one) => mirrorUser(one) ?? [])
    .filter((user) => wantsAction(user, scheduledAction, now));
  const waiting =
    scheduledAction === 'deferral' ? await endExpiredDeferrals(deps, { phoneNumberId, users }, now) : users;
  return changeUsers(deps, {
    action: ACTIONS[scheduledAction],
    source: SOURCES[scheduledAction],
    scheduledAction,
    announce: announceScheduled(deps),
    defer: scheduledAction === 'deferral',
    actor: SERVICE_ACTOR,
    phoneNumberId,
    credentials,
    identities: waiting.flatMap((user) => identityOf(user) ?? []),
  });
}

/** The id as sent to Graph: the `wa_id` or the BSUID, so that the answer leads back to the same item. */
export function identityOf({ user }: MirrorUser) {
  return parseIdentity(user);
}
