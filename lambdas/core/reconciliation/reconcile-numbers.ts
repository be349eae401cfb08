import { type Backoff, backoff, requeueSeconds } from '../backoff.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { Log } from '../ports/services.ts';
import { type ReconcileNumberDeps, reconcileNumber } from './reconcile-number.ts';
import { reportFailedNumber } from './report-failed-number.ts';

export interface ReconcileNumbersDeps extends ReconcileNumberDeps {
  readonly log: Log;
  /** Milliseconds that one attempt may take in total. */
  readonly budgetMs: number;
}

/** A number and how many attempts have failed to reconcile it. */
export interface NumberToDo {
  readonly phoneNumberId: string;
  readonly attempts: number;
  /** Attempts that reconciled it and left operations open because others were in their way. */
  readonly looks?: number | undefined;
  /** ISO 8601: attempts for other numbers of its group before this time leave it alone. */
  readonly notBefore?: string | undefined;
}

/** Returned, never thrown: the workflow waits that many seconds and calls again for the remaining numbers. */
export type ReconcileResult =
  | { readonly result: 'done' }
  | { readonly result: 'requeue'; readonly requeueAfterSeconds: number; readonly numbers: readonly NumberToDo[] };

/**
 * Attempts for one number, with pauses of 2 s doubling to 5 min: about half an hour. After that, the next schedule tries
 * again.
 */
const MAX_ATTEMPTS = 10;
/** Snapshots of one attempt while the list keeps changing, and the milliseconds between them: about 1, 2 and 4 s. */
const MAX_SNAPSHOTS = 4;
const SNAPSHOT_PAUSES: Backoff = { first: 1_000, jitter: [0.5, 1.5] };
/**
 * Attempts in total for a number with open operations, with pauses of about 24, 48, 96 and 192 s. That is longer than a
 * request may take, and longer than a restarted job needs to end what it left. After that, the next sweep tries again.
 */
const MAX_LOOKS = 5;
const FIRST_LOOK = 5;
/** Graph may ask for a longer wait, but the next schedule runs by then anyway. */
const LONGEST_WAIT_SECONDS = 45 * 60;
/** The part of an attempt's time that is reserved for comparing and writing after the last page. */
const SHARE_FOR_WRITING = 0.25;

/** Reconciles each number. A fault of one number is reported, or waited for, and does not stop the others. */
export async function reconcileNumbers(
  deps: ReconcileNumbersDeps,
  numbers: readonly NumberToDo[],
): Promise<ReconcileResult> {
  const { clock } = deps;
  const deadlineMs = clock.now() + deps.budgetMs * (1 - SHARE_FOR_WRITING);
  const remaining: NumberToDo[] = [];
  for (const number of numbers) {
    if (clock.now() > deadlineMs || msUntil(number, clock.now()) > 0) {
      remaining.push(number);
      continue;
    }
    const requeue = await tryNumber(deps, number, deadlineMs);
    if (requeue === undefined) continue;
    const { requeueAfterSeconds, ...next } = requeue;
    remaining.push({ ...next, notBefore: isoTime(clock.now() + requeueAfterSeconds * 1_000) });
  }
  if (remaining.length === 0) return { result: 'done' };
  const soonestMs = Math.min(...remaining.map((number) => msUntil(number, clock.now())));
  return { result: 'requeue', requeueAfterSeconds: Math.max(1, Math.ceil(soonestMs / 1_000)), numbers: remaining };
}

function msUntil({ notBefore }: NumberToDo, nowMs: number): number {
  return notBefore === undefined ? 0 : Date.parse(notBefore) - nowMs;
}

/** Gives the next try and the seconds to wait before it, or nothing if this number is done for now. */
async function tryNumber(
  deps: ReconcileNumbersDeps,
  { phoneNumberId, attempts, looks = 0 }: NumberToDo,
  deadlineMs: number,
): Promise<(Omit<NumberToDo, 'notBefore'> & { readonly requeueAfterSeconds: number }) | undefined> {
  const random = deps.clock.random();
  try {
    const { added, removed, isIncomplete } = await reconcileUntilStable(deps, phoneNumberId, deadlineMs);
    deps.log.info('reconciled', { phone_number_id: phoneNumberId, added, removed });
    if (!isIncomplete || looks + 1 >= MAX_LOOKS) return undefined;
    return {
      phoneNumberId,
      attempts,
      looks: looks + 1,
      requeueAfterSeconds: requeueSeconds(FIRST_LOOK + looks, random),
    };
  } catch (error) {
    const requeueAfterSeconds = secondsToRequeue(error, attempts, random);
    if (requeueAfterSeconds !== undefined)
      return { phoneNumberId, attempts: attempts + 1, ...(looks > 0 ? { looks } : {}), requeueAfterSeconds };
    await reportFailedNumber(deps, phoneNumberId, error);
    return undefined;
  }
}

/** Other writers may change the list while it is read. It is then read again, from its first page. */
async function reconcileUntilStable(deps: ReconcileNumbersDeps, phoneNumberId: string, deadlineMs: number) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await reconcileNumber(deps, phoneNumberId, deadlineMs);
    } catch (error) {
      const changed = error instanceof GraphError && error.kind === 'list_changed';
      if (!changed || attempt === MAX_SNAPSHOTS || deps.clock.now() > deadlineMs) throw error;
      await deps.clock.sleep(backoff(attempt, SNAPSHOT_PAUSES, deps.clock.random()));
    }
  }
}

/** Gives nothing if waiting cannot help, or has failed too often. */
function secondsToRequeue(error: unknown, attempts: number, random: number): number | undefined {
  if (attempts + 1 >= MAX_ATTEMPTS || error instanceof TokenMissingError) return undefined;
  if (!(error instanceof GraphError)) return requeueSeconds(attempts + 1, random);
  switch (error.kind) {
    case 'token':
    case 'permission':
    case 'permanent':
    case 'list_full':
    case 'unreadable':
      return undefined;
    case 'rate_limited':
    case 'transient':
    case 'timeout':
    case 'list_changed': {
      const requeueAfterSeconds = error.retryAfterSeconds ?? requeueSeconds(attempts + 1, random);
      return requeueAfterSeconds > LONGEST_WAIT_SECONDS ? undefined : requeueAfterSeconds;
    }
  }
}
