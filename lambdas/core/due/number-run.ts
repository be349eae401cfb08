import { parseIdentity } from '../blocklist/identity.ts';
import { type MirrorUser, mirrorUser, SERVICE_ACTOR } from '../blocklist/mirror.ts';
import type { UserOutcome } from '../blocklist/outcome.ts';
import { type Due, isDue } from '../blocklist/pass.ts';
import type { BlocklistStore } from '../blocklist/store.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import { inParallel } from '../in-parallel.ts';
import type { Credentials } from '../ports.ts';
import { endOverdueDeferrals } from './end-deferrals.ts';

export interface NumberRunDeps extends ChangeUsersDeps {
  readonly store: BlocklistStore;
  /** Calls to Graph for one number at the same time. */
  readonly concurrency: number;
  /** Days after which a deferred block is given up. */
  readonly deferDays: number;
}

/** What is due on users of one number. */
export interface NumberRun {
  readonly due: Due;
  readonly phoneNumberId: string;
  readonly ids: readonly string[];
}

/** What became of the users of one number. */
export interface NumberRunEnd {
  readonly succeeded: number;
  readonly failed: number;
  readonly deferred: number;
  readonly left: number;
}

const ACTIONS = { expiry: 'unblock', deferral: 'block' } as const;
const SOURCES = { expiry: 'expiry', deferral: 'deferred' } as const;

/** One number: batches side by side, until nobody is left, or Graph refuses one, or the time is over. */
export async function runNumber(deps: NumberRunDeps, run: NumberRun, deadlineMs: number): Promise<NumberRunEnd> {
  const { phoneNumberId, ids } = run;
  const credentials = await deps.tokens.credentials(phoneNumberId);
  const sum = { succeeded: 0, failed: 0, deferred: 0, left: ids.length };
  const starts = Array.from(
    { length: Math.ceil(ids.length / credentials.batchLimit) },
    (_, batch) => batch * credentials.batchLimit,
  );
  await inParallel(starts, deps.concurrency, async (from) => {
    if (deps.clock.now() >= deadlineMs) return;
    const batch = ids.slice(from, from + credentials.batchLimit);
    sum.left -= batch.length;
    for (const { failure, deferral } of await runBatch(deps, { ...run, ids: batch }, credentials)) {
      sum[failure ? 'failed' : deferral ? 'deferred' : 'succeeded'] += 1;
    }
  });
  return sum;
}

async function runBatch(
  deps: NumberRunDeps,
  { due, phoneNumberId, ids }: NumberRun,
  credentials: Credentials,
): Promise<readonly UserOutcome[]> {
  const now = new Date(deps.clock.now()).toISOString();
  // Consistent: the index is behind the table, and who was seen to a moment ago must not cost a call.
  const stored = await deps.store.getUsers(phoneNumberId, ids, true);
  const users = [...stored.values()].flatMap((one) => mirrorUser(one) ?? []).filter((user) => isDue(user, due, now));
  const waiting = due === 'deferral' ? await endOverdueDeferrals(deps, { phoneNumberId, users }, now) : users;
  return changeUsers(deps, {
    action: ACTIONS[due],
    source: SOURCES[due],
    due,
    defer: due === 'deferral',
    actor: SERVICE_ACTOR,
    phoneNumberId,
    credentials,
    identities: waiting.flatMap((user) => identityOf(user) ?? []),
  });
}

/** As Graph is to be sent it: the `wa_id` or the BSUID, by which an answer leads back to the same item. */
export function identityOf({ user }: MirrorUser) {
  return parseIdentity(user);
}
