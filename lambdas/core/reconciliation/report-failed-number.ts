import { LOGGED } from '../../contract/logged.ts';
import { GraphError, TokenMissingError } from '../errors.ts';
import type { RecordDeps } from '../events/event.ts';
import { numberNotReconciled } from '../events/reconciliation-events.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import { isoTime, secondsSince } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Clock, Metrics } from '../ports/services.ts';
import { logOf, messageOf } from '../refusal-reasons.ts';
import { findOpenOperations, type OpenOperationsDeps } from './open-operations.ts';
import { writeOffOperations } from './resolve-operations.ts';
import { type OutOfUseDeps, takeOutOfUseIfGone } from './take-out-of-use.ts';

export interface ReportFailedNumberDeps extends OpenOperationsDeps, OutOfUseDeps, RecordDeps {
  readonly store: OpenOperationsDeps['store'] & OutOfUseDeps['store'] & Pick<BlocklistStore, 'failReconciliation'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: Metrics;
}

/** The mirror of the number stays as it is. That it could not be compared with Graph's list is recorded and logged. */
export async function reportFailedNumber(
  deps: ReportFailedNumberDeps,
  phoneNumberId: string,
  error: unknown,
): Promise<void> {
  const nowMs = deps.clock.now();
  const code = errorCode(error);
  const message = messageOf(error);
  const fields = { phone_number_id: phoneNumberId };
  if (error instanceof GraphError) deps.log.error(LOGGED.numberNotReconciled, { ...fields, ...logOf(error) });
  else if (error instanceof TokenMissingError) {
    if (!error.isRetired) deps.log.error(LOGGED.numberNotReconciled, { ...fields, code, reason: message });
  } else deps.log.fault(LOGGED.numberNotReconciled, error, fields);
  try {
    const isRetired = error instanceof TokenMissingError && error.isRetired;
    const event = isRetired ? undefined : numberNotReconciled(deps, phoneNumberId, code);
    const since = await deps.store.failReconciliation(phoneNumberId, { at: isoTime(nowMs), code, message }, event);
    if (!isRetired) deps.metrics.put('ReconcileAgeMax', secondsSince(since, nowMs));
    await takeOutOfUseIfGone(deps, { phoneNumberId, error, nowMs });
    await writeOffOperations(deps, await findOpenOperations(deps, phoneNumberId, nowMs), { nowMs, code });
  } catch (fault) {
    // The next schedule reports it again.
    deps.log.fault('failed reconciliation not recorded', fault, { phone_number_id: phoneNumberId });
  }
}

function errorCode(error: unknown): number {
  if (error instanceof GraphError) return error.code;
  return error instanceof TokenMissingError ? GRAPH_CODE.accessTokenInvalid : GRAPH_CODE.internal;
}
