import { type ScheduledAction, wantsAction } from '../changes/attempt-context.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import type { UserOutcome } from '../changes/outcome.ts';
import { inBatches } from '../in-batches.ts';
import { isoNow } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Credentials } from '../ports/services.ts';
import { parseIdentity } from '../users/identity.ts';
import { type MirrorUser, mirrorUser, SERVICE_ACTOR } from '../users/mirror.ts';
import { endExpiredDeferrals } from './end-deferrals.ts';

export interface NumberRunDeps extends ChangeUsersDeps {
  readonly store: BlocklistStore;
  /** Calls to Graph for one number at the same time. */
  readonly concurrency: number;
  /** Days after which a deferred block is given up. */
  readonly deferDays: number;
}

/** What is due on users of one number. */
export interface NumberRun {
  readonly scheduledAction: ScheduledAction;
  readonly phoneNumberId: string;
  readonly ids: readonly string[];
}

/** What became of the users of one number. */
export interface NumberRunEnd {
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  readonly remaining: number;
}

const ACTIONS = { expiry: 'unblock', deferral: 'block' } as const;
const SOURCES = { expiry: 'expiry', deferral: 'deferred' } as const;

/** One number: batches side by side, until nobody is left, or Graph refuses one, or the time is over. */
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
  // Consistent: the index is behind the table, and who was seen to a moment ago must not cost a call.
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
    defer: scheduledAction === 'deferral',
    actor: SERVICE_ACTOR,
    phoneNumberId,
    credentials,
    identities: waiting.flatMap((user) => identityOf(user) ?? []),
  });
}

/** As it is sent to Graph: the `wa_id` or the BSUID, by which an answer leads back to the same item. */
export function identityOf({ user }: MirrorUser) {
  return parseIdentity(user);
}
