import { LOGGED } from '../../contract.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { backoffSeconds } from '../jobs/chunk-policy.ts';
import type { Log } from '../ports.ts';
import { findOpenOperations, writeOffOperations } from './open-operations.ts';
import { type ReconcileNumberDeps, reconcileNumber } from './reconcile-number.ts';
import { retireIfGone } from './retire-number.ts';

export interface ReconcileNumbersDeps extends ReconcileNumberDeps {
  readonly log: Log;
  /** Milliseconds that one pass may take in all. */
  readonly passMs: number;
}

/** A number and how many passes have failed to reconcile it. */
export interface NumberToDo {
  readonly phoneNumberId: string;
  readonly attempts: number;
  /** ISO 8601: passes that others of its group need before do not ask for it. */
  readonly notBefore?: string | undefined;
}

/** Returned, never thrown: the workflow waits that many seconds and comes again for what is still to be done. */
export type ReconcileResult =
  | { readonly result: 'done' }
  | { readonly result: 'again'; readonly seconds: number; readonly numbers: readonly NumberToDo[] };

/** Passes that try a number, at 2 s doubling to 5 min between them: about half an hour. Then the next schedule comes. */
const MAX_ATTEMPTS = 10;
/** Scans of one pass where the list keeps changing, with 1, 2, 4 s between them. */
const SCANS = 4;
const FIRST_PAUSE_MS = 1_000;
/** Graph may ask for a longer rest; the next schedule will be there as soon. */
const LONGEST_WAIT_SECONDS = 45 * 60;
/** Of the pass, what is kept for comparing and writing after the last page. */
const SHARE_FOR_WRITING = 0.25;

/** Reconciles each number; whatever is wrong with one of them is reported, or waited for, and does not stop the others. */
export async function reconcileNumbers(
  deps: ReconcileNumbersDeps,
  numbers: readonly NumberToDo[],
): Promise<ReconcileResult> {
  const { clock } = deps;
  const deadlineMs = clock.now() + deps.passMs * (1 - SHARE_FOR_WRITING);
  const left: NumberToDo[] = [];
  for (const number of numbers) {
    const { phoneNumberId, attempts } = number;
    if (clock.now() > deadlineMs || msUntil(number, clock.now()) > 0) {
      left.push(number);
      continue;
    }
    const seconds = await tryNumber(deps, number, deadlineMs);
    if (seconds === undefined) continue;
    const notBefore = new Date(clock.now() + seconds * 1_000).toISOString();
    left.push({ phoneNumberId, attempts: attempts + 1, notBefore });
  }
  if (left.length === 0) return { result: 'done' };
  const soonestMs = Math.min(...left.map((number) => msUntil(number, clock.now())));
  return { result: 'again', seconds: Math.max(1, Math.ceil(soonestMs / 1_000)), numbers: left };
}

function msUntil({ notBefore }: NumberToDo, nowMs: number): number {
  return notBefore === undefined ? 0 : Date.parse(notBefore) - nowMs;
}

/** Gives the seconds to wait before another try, or nothing where this number is done with for now. */
async function tryNumber(
  deps: ReconcileNumbersDeps,
  { phoneNumberId, attempts }: NumberToDo,
  deadlineMs: number,
): Promise<number | undefined> {
  try {
    const { added, removed } = await scanUntilQuiet(deps, phoneNumberId, deadlineMs);
    deps.log.info('reconciled', { phone_number_id: phoneNumberId, added, removed });
    return undefined;
  } catch (error) {
    const wait = secondsToWait(error, attempts, deps.clock.random());
    if (wait !== undefined) return wait;
    await report(deps, phoneNumberId, error);
    return undefined;
  }
}

/** Other writers go on meanwhile: a list that changed under the scan is scanned again, from its first page. */
async function scanUntilQuiet(deps: ReconcileNumbersDeps, phoneNumberId: string, deadlineMs: number) {
  for (let scan = 1; ; scan += 1) {
    try {
      return await reconcileNumber(deps, phoneNumberId, deadlineMs);
    } catch (error) {
      const changed = error instanceof GraphError && error.kind === 'list_changed';
      if (!changed || scan === SCANS || deps.clock.now() > deadlineMs) throw error;
      await deps.clock.sleep(FIRST_PAUSE_MS * 2 ** (scan - 1) * (0.5 + deps.clock.random()));
    }
  }
}

/** Nothing where waiting cannot help, or has not helped often enough. */
function secondsToWait(error: unknown, attempts: number, random: number): number | undefined {
  if (attempts + 1 >= MAX_ATTEMPTS || error instanceof TokenMissingError) return undefined;
  if (!(error instanceof GraphError)) return backoffSeconds(attempts + 1, random);
  switch (error.kind) {
    case 'token':
    case 'permission':
    case 'permanent':
    case 'list_full':
      return undefined;
    case 'rate_limited':
    case 'transient':
    case 'timeout':
    case 'list_changed': {
      const seconds = error.retryAfterSeconds ?? backoffSeconds(attempts + 1, random);
      return seconds > LONGEST_WAIT_SECONDS ? undefined : seconds;
    }
  }
}

/** The number keeps its mirror as it is; that it could not be held against Graph is on record, and in the log. */
async function report(deps: ReconcileNumbersDeps, phoneNumberId: string, error: unknown): Promise<void> {
  const nowMs = deps.clock.now();
  const code = codeOf(error);
  const expected = error instanceof GraphError || error instanceof TokenMissingError;
  const message = expected ? error.message : 'A part of this service failed; see its log';
  if (expected) deps.log.problem(LOGGED.numberNotReconciled, { phone_number_id: phoneNumberId, code, reason: message });
  else deps.log.fault(LOGGED.numberNotReconciled, error, { phone_number_id: phoneNumberId });
  try {
    await deps.store.failReconciliation(phoneNumberId, { at: new Date(nowMs).toISOString(), code, message });
    await retireIfGone(deps, phoneNumberId, error, nowMs);
    await writeOffOperations(deps, await findOpenOperations(deps, phoneNumberId, nowMs), nowMs, code);
  } catch (fault) {
    // The next schedule reports it again.
    deps.log.fault('the failure of a reconciliation was not recorded', fault, { phone_number_id: phoneNumberId });
  }
}

function codeOf(error: unknown): number {
  if (error instanceof GraphError) return error.code;
  return error instanceof TokenMissingError ? GRAPH_CODE.accessTokenInvalid : GRAPH_CODE.internal;
}
