import { LOGGED } from '../../contract/logged.ts';
import type { ScheduledAction } from '../changes/attempt-context.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { isoNow, secondsSince } from '../iso-time.ts';
import { mapConcurrent } from '../map-concurrent.ts';
import type { Log } from '../ports/services.ts';
import { logOf } from '../refusal-reasons.ts';
import { type NumberRunDeps, type NumberRunEnd, runNumber } from './number-run.ts';

export interface ScheduledActionDeps extends NumberRunDeps {
  readonly log: Log;
  /** Milliseconds after which no further batch is started. */
  readonly budgetMs: number;
}

/**
 * The result for the users of a run. `remaining`: left to the next run. `refused`: numbers for which Graph refuses requests.
 */
export interface ScheduledActionsEnd extends NumberRunEnd {
  readonly numbers: number;
  readonly refused: number;
}

/** A part of the service failed; the next run tries again. */
export class ScheduledActionError extends Error {
  override readonly name = 'ScheduledActionError';
}

/** The users of a number whose time has come, and since when it has for the first of them. */
interface DueUsers {
  readonly ids: string[];
  /** ISO 8601. */
  readonly since: string;
}

/** How many numbers are processed at once. A number that Graph keeps waiting should not delay the others. */
const NUMBERS_AT_ONCE = 8;
/** The most users of one run: their ids have to fit into memory. The oldest come first. */
const MOST_USERS = 1_000_000;

/**
 * Runs the scheduled actions of every number: ends temporary blocks, or retries deferred ones. Each user is read again at the
 * last moment, so that a user whose block was renewed or ended meanwhile is left alone. If Graph refuses requests for a
 * number, that is reported and does not stop the others. Any other failure makes the run fail at its end with
 * `ScheduledActionError`.
 */
export async function runScheduledActions(
  deps: ScheduledActionDeps,
  scheduledAction: ScheduledAction,
): Promise<ScheduledActionsEnd> {
  const { clock, store, log } = deps;
  const deadlineMs = clock.now() + deps.budgetMs;
  const users = new Map<string, DueUsers>();
  let taken = 0;
  for await (const page of store.listScheduledUsers(scheduledAction, isoNow(clock))) {
    for (const { phoneNumberId, user, scheduledAt } of page) {
      const { ids, since } = users.get(phoneNumberId) ?? { ids: [], since: scheduledAt };
      ids.push(user);
      users.set(phoneNumberId, { ids, since: scheduledAt < since ? scheduledAt : since });
    }
    taken += page.length;
    if (taken >= MOST_USERS) break;
  }
  const sum = { refused: 0, succeeded: 0, failed: 0, deferred: 0, remaining: 0 };
  let faults = 0;
  const isExpiry = scheduledAction === 'expiry';
  if (isExpiry) deps.metrics.put('ExpiryLateness', 0);
  await mapConcurrent([...users], NUMBERS_AT_ONCE, async ([phoneNumberId, { ids, since }]) => {
    try {
      const ended = await runNumber(deps, { scheduledAction, phoneNumberId, ids }, deadlineMs);
      for (const name of ['succeeded', 'failed', 'deferred', 'remaining'] as const) sum[name] += ended[name];
    } catch (error) {
      sum.remaining += ids.length;
      if (reportActionFailure(log, { phone_number_id: phoneNumberId, scheduledAction }, error)) sum.refused += 1;
      else faults += 1;
      if (error instanceof TokenMissingError && error.isRetired) return;
    }
    // Of those who had waited longest, to the end of the run: whoever is left waits for the next one.
    if (isExpiry) deps.metrics.put('ExpiryLateness', secondsSince(since, clock.now()));
  });
  if (faults > 0)
    throw new ScheduledActionError(`${faults} of ${users.size} numbers could not be processed; see the log`);
  return { numbers: users.size, ...sum };
}

/** Whether the error is a refusal, which such a run has to expect. */
function reportActionFailure(log: Log, fields: Readonly<Record<string, unknown>>, error: unknown): boolean {
  if (error instanceof GraphError) log.error(LOGGED.scheduledActionFailed, { ...fields, ...logOf(error) });
  // The next reconciliation clears its scheduled actions.
  else if (error instanceof TokenMissingError && error.isRetired) log.info('a retired number is skipped', fields);
  else if (error instanceof TokenMissingError)
    log.error(LOGGED.scheduledActionFailed, { ...fields, reason: error.message });
  else log.fault(LOGGED.scheduledActionFailed, error, fields);
  return error instanceof GraphError || error instanceof TokenMissingError;
}
