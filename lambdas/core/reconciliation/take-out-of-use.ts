import { DAY_MS } from '../durations.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE, SUBCODE_NO_SUCH_OBJECT } from '../graph-codes.ts';
import { inBatches } from '../in-batches.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Log } from '../ports/services.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { isAlias, isWanted, type MirrorItem, type MirrorUser } from '../users/mirror.ts';

export interface OutOfUseDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listMirror' | 'putRecords' | 'noteGone' | 'takeOutOfUse'>;
  readonly log: Log;
}

/** A number that could not be reconciled, why, and when. */
export interface FailedNumber {
  readonly phoneNumberId: string;
  readonly error: unknown;
  readonly nowMs: number;
}

/** Milliseconds for which Graph must deny that the number exists. A permission that was removed looks the same. */
const GONE_MS = 30 * DAY_MS;
/** How many users are forgotten together. */
const BATCH = 200;

/**
 * Takes a number out of use if it left the business (Graph has denied for 30 days, and still denies, that it exists), or if
 * an operator listed it as retired. The mirror forgets its users, and no scheduled action remains. Histories are kept as long
 * as all others. The schedules lose the number last, so that the next reconciliation finishes what stopped halfway. If a user
 * is blocked on it again, the number is in use again.
 */
export async function takeOutOfUseIfGone(
  { store, log }: OutOfUseDeps,
  { phoneNumberId, error, nowMs }: FailedNumber,
): Promise<void> {
  const fields = { phone_number_id: phoneNumberId };
  if (error instanceof TokenMissingError && error.isRetired) {
    const forgotten = await forgetNumber(store, phoneNumberId, nowMs);
    log.info('a number that an operator has retired was taken out of use', { ...fields, forgotten });
    return;
  }
  if (!(error instanceof GraphError)) return;
  if (error.code !== GRAPH_CODE.invalidParameter || error.subcode !== SUBCODE_NO_SUCH_OBJECT) return;
  const goneSince = await store.noteGone(phoneNumberId, isoTime(nowMs));
  if (nowMs - Date.parse(goneSince) < GONE_MS) return;
  const forgotten = await forgetNumber(store, phoneNumberId, nowMs);
  log.error('number taken out of use', { ...fields, gone_since: goneSince, forgotten });
}

/** Gives the number of forgotten users. */
async function forgetNumber(store: OutOfUseDeps['store'], phoneNumberId: string, nowMs: number): Promise<number> {
  const now = isoTime(nowMs);
  let forgotten = 0;
  for await (const page of store.listMirror(phoneNumberId)) {
    const ids = page.flatMap((item) => ('aliasOf' in item ? item.id : isWanted(item) ? item.user : []));
    for (const some of inBatches(ids, BATCH)) {
      const stored = await store.getUsers(phoneNumberId, some, true);
      const writes = [...stored].flatMap(forget);
      // Another writer was first, but is just as wrong about a number that is out of use. The next reconciliation forgets
      // these users.
      const lockConflicts = new Set(await store.putRecords(phoneNumberId, { writes, events: [] }));
      forgotten += writes.filter(({ id, next }) => !isAlias(next) && !lockConflicts.has(id)).length;
    }
  }
  await store.takeOutOfUse(phoneNumberId, now);
  return forgotten;
}

/** The user becomes `unknown`: the item expires, and its embedded event moves to the history. */
function forget([id, prior]: [string, MirrorItem]): MirrorWrite[] {
  if (isAlias(prior))
    return prior.ends ? [] : [{ id, prior, next: { ...prior, ends: true, revision: prior.revision + 1 } }];
  if (!isWanted(prior)) return [];
  const next: MirrorUser = {
    ...prior,
    state: 'unknown',
    blockedAt: undefined,
    expiresAt: undefined,
    deferredAt: undefined,
    attempts: undefined,
    nextAttemptAt: undefined,
    jobId: undefined,
    change: 'none',
    revision: prior.revision + 1,
  };
  return [{ id, prior, next }];
}
