import { DAY_MS } from '../durations.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE, SUBCODE_NO_SUCH_OBJECT } from '../graph-codes.ts';
import { inBatches } from '../in-batches.ts';
import { isoTime } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Log } from '../ports/services.ts';
import type { MirrorWrite } from '../ports/user-store.ts';
import { isAlias, isWanted, type MirrorItem, type MirrorUser } from '../users/mirror.ts';

export interface RetireNumberDeps {
  readonly store: Pick<BlocklistStore, 'getUsers' | 'listMirror' | 'putRecords' | 'noteGone' | 'retireNumber'>;
  readonly log: Log;
}

/** A number that could not be reconciled, why, and when. */
export interface FailedNumber {
  readonly phoneNumberId: string;
  readonly error: unknown;
  readonly nowMs: number;
}

/** Milliseconds for which Graph must say that there is no such number: a permission that is taken away looks the same. */
const GONE_MS = 30 * DAY_MS;
/** Users forgotten together. */
const BATCH = 200;

/**
 * Takes a number out of use that left the business (Graph has said for 30 days, and says now, that there is none), or that an
 * operator has retired. Its users are forgotten, and nothing is due on them any more; their histories stay as long as all do. The schedules let go of it last,
 * so that what broke off is taken up by the next reconciliation. Blocked on again, the number is in use again.
 */
export async function retireIfOut(
  { store, log }: RetireNumberDeps,
  { phoneNumberId, error, nowMs }: FailedNumber,
): Promise<void> {
  const fields = { phone_number_id: phoneNumberId };
  if (error instanceof TokenMissingError && error.isRetired) {
    const forgotten = await retire(store, phoneNumberId, nowMs);
    log.info('a number that an operator has retired was taken out of use', { ...fields, forgotten });
    return;
  }
  if (!(error instanceof GraphError)) return;
  if (error.code !== GRAPH_CODE.invalidParameter || error.subcode !== SUBCODE_NO_SUCH_OBJECT) return;
  const goneSince = await store.noteGone(phoneNumberId, isoTime(nowMs));
  if (nowMs - Date.parse(goneSince) < GONE_MS) return;
  const forgotten = await retire(store, phoneNumberId, nowMs);
  log.error('number taken out of use', { ...fields, gone_since: goneSince, forgotten });
}

/** Gives how many users were forgotten. */
async function retire(store: RetireNumberDeps['store'], phoneNumberId: string, nowMs: number): Promise<number> {
  const now = isoTime(nowMs);
  let forgotten = 0;
  for await (const page of store.listMirror(phoneNumberId)) {
    const ids = page.flatMap((item) => ('aliasOf' in item ? item.id : isWanted(item) ? item.user : []));
    for (const some of inBatches(ids, BATCH)) {
      const stored = await store.getUsers(phoneNumberId, some, true);
      const writes = [...stored].flatMap(forget);
      // Lost to another writer, who is as wrong about a number that is gone: the next one forgets them.
      const lockConflicts = new Set(await store.putRecords(phoneNumberId, { writes, events: [] }));
      forgotten += writes.filter(({ id, next }) => !isAlias(next) && !lockConflicts.has(id)).length;
    }
  }
  await store.retireNumber(phoneNumberId, now);
  return forgotten;
}

/** Nothing is known of the user from now on: the item expires, and the event embedded in it moves to the history. */
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
    change: 'none',
    revision: prior.revision + 1,
  };
  return [{ id, prior, next }];
}
