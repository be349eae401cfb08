import { LOGGED } from '../../contract/logged.ts';
import type { Due } from '../blocklist/pass.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { Log } from '../ports.ts';
import { logOf } from '../refusal-reasons.ts';
import { type NumberRunDeps, type NumberRunEnd, runNumber } from './number-run.ts';

export interface CarryOutDeps extends NumberRunDeps {
  readonly log: Log;
  /** Milliseconds after which nothing more is begun. */
  readonly passMs: number;
}

/** What became of the users of a run. `left`: still due, for the next run. `refused`: numbers that Graph refuses. */
export interface CarriedOut extends NumberRunEnd {
  readonly numbers: number;
  readonly refused: number;
}

/** A part of the service failed; what is due stays due, and the next run tries again. */
export class CarryOutError extends Error {
  override readonly name = 'CarryOutError';
}

/** Numbers worked on at the same time: one that Graph keeps waiting should not hold up the others. */
const NUMBERS_AT_ONCE = 8;
/** Users that one run takes up: their ids have to fit in memory. Those that are due longest come first. */
const MOST_USERS = 1_000_000;

/**
 * Does for every number what is due by now: ends temporary blocks, or tries deferred ones again. Who is due is read from the
 * mirror at the last moment, so that whoever was renewed or unblocked meanwhile is left alone. A number that Graph refuses is
 * reported and does not stop the others; anything else that fails ends the run, at its end, with `CarryOutError`.
 */
export async function carryOut(deps: CarryOutDeps, due: Due): Promise<CarriedOut> {
  const { clock, store, log } = deps;
  const deadlineMs = clock.now() + deps.passMs;
  const users = new Map<string, string[]>();
  let taken = 0;
  for await (const page of store.listDueUsers(due, new Date(clock.now()).toISOString())) {
    for (const { phoneNumberId, user } of page) {
      const ofNumber = users.get(phoneNumberId) ?? [];
      ofNumber.push(user);
      users.set(phoneNumberId, ofNumber);
    }
    taken += page.length;
    if (taken >= MOST_USERS) break;
  }
  const sum = { refused: 0, succeeded: 0, failed: 0, deferred: 0, left: 0 };
  let faults = 0;
  await inParallel([...users], NUMBERS_AT_ONCE, async ([phoneNumberId, ids]) => {
    try {
      const ended = await runNumber(deps, { due, phoneNumberId, ids }, deadlineMs);
      for (const name of ['succeeded', 'failed', 'deferred', 'left'] as const) sum[name] += ended[name];
    } catch (error) {
      sum.left += ids.length;
      if (report(log, { phone_number_id: phoneNumberId, due }, error)) sum.refused += 1;
      else faults += 1;
    }
  });
  if (faults > 0) throw new CarryOutError(`${faults} of ${users.size} numbers could not be worked on; see the log`);
  return { numbers: users.size, ...sum };
}

/** Whether it was a refusal, as such a run has to expect. */
function report(log: Log, fields: Readonly<Record<string, unknown>>, error: unknown): boolean {
  if (error instanceof GraphError) log.problem(LOGGED.dueNotDone, { ...fields, ...logOf(error) });
  // The next reconciliation forgets what is due on it.
  else if (error instanceof TokenMissingError && error.isRetired) log.info('a retired number is left alone', fields);
  else if (error instanceof TokenMissingError) log.problem(LOGGED.dueNotDone, { ...fields, reason: error.message });
  else log.fault(LOGGED.dueNotDone, error, fields);
  return error instanceof GraphError || error instanceof TokenMissingError;
}
