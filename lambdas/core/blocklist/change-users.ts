import { allEnded } from '../all-ended.ts';
import { GraphError } from '../errors.ts';
import { type CallForUsersDeps, callForUsers } from './call-for-users.ts';
import type { UsersCall } from './call-in-batches.ts';
import { NO_COUNTS } from './counts.ts';
import { giveWay } from './give-way.ts';
import { insist } from './insist.ts';
import type { Requester, Source, Terms } from './mirror.ts';
import { endOf, type Operation, type Settlement } from './operation.ts';
import { countEnds, traceOf, type UserOutcome } from './outcome.ts';
import type { Due } from './pass.ts';
import { type Recorded, recordOutcomes } from './record-outcomes.ts';
import { refuseIfFull } from './room.ts';
import type { UserStore } from './store.ts';

export interface ChangeUsersDeps extends CallForUsersDeps {
  readonly store: UserStore;
  readonly newId: (now: number) => string;
  readonly listLimit: number;
}

export interface ChangeUsersRequest extends UsersCall, Requester, Terms {
  /** `api` unless said otherwise. */
  readonly source?: Source | undefined;
  /** Who asked for the block, where the actor only makes it hold for another id of its user. */
  readonly blockedBy?: Operation['blockedBy'];
  /** Set where nobody asks but the mirror. */
  readonly due?: Due | undefined;
}

type End = Pick<Recorded, 'outcomes' | 'counts'> & Partial<Pick<Recorded, 'contested'>>;

/**
 * Blocks or unblocks up to one batch of users while the caller waits: operation written ahead, Graph, history, then mirror.
 * Gives one outcome for each identity; throws `GraphError` where Graph refused the request whole.
 */
export async function changeUsers(deps: ChangeUsersDeps, request: ChangeUsersRequest): Promise<UserOutcome[]> {
  const { store, clock } = deps;
  const { phoneNumberId, identities } = request;
  if (identities.length === 0) return [];

  const startedMs = clock.now();
  const startedAt = new Date(startedMs).toISOString();
  const ids = identities.map(({ id }) => id);
  const operation: Operation = {
    operationId: deps.newId(startedMs),
    phoneNumberId,
    action: request.action,
    startedAt,
    source: request.source ?? 'api',
    users: identities.length,
    ids,
    expiresAt: request.expiresAt,
    defer: request.defer,
    actor: request.actor,
    onBehalfOf: request.onBehalfOf,
    reason: request.reason,
    blockedBy: request.blockedBy,
  };
  const [summary] = await allEnded([store.getSummary(phoneNumberId), store.startOperation(operation)]);

  try {
    const size = summary?.size ?? 0;
    if (request.action === 'block' && size >= deps.listLimit) {
      refuseIfFull(size, deps.listLimit, identities, await store.getUsers(phoneNumberId, ids));
    }
    // What is known of the users is wanted when Graph has answered, and read until then. Who is seen not to be due any more
    // is not written over, so that nobody else would find out that this was seen too late.
    const [answered, known] = await allEnded([
      callForUsers(deps, request),
      store.getUsers(phoneNumberId, ids, request.due !== undefined),
    ]);
    const answeredAt = new Date(clock.now()).toISOString();
    const pass = { ...operation, due: request.due, observedAt: startedAt, answeredAt };
    const end = ({ outcomes, counts, contested = [] }: End): Settlement => ({
      ...endOf(outcomes, contested),
      ...countEnds(outcomes),
      counts,
      durationMs: clock.now() - startedMs,
      fbtraceId: traceOf(outcomes),
    });
    const [recorded] = await allEnded([
      recordOutcomes(store, phoneNumberId, pass, answered, known, (few, records) =>
        store.settleAtOnce(operation, end(few), records),
      ),
      // Only now: a mistyped number that Graph does not know must not be asked about every hour.
      store.registerNumber(phoneNumberId, startedAt),
    ]);
    const { outcomes, contested, outdone, overruled } = recorded;
    if (recorded.settled) return [...outcomes];
    // Where what was due and what somebody asked for met at Graph, whoever asked is right. Within the operation, so that a
    // reconciliation leaves these users alone.
    const mending = { ...request, ...operation };
    const isMended = (await insist(deps, mending, outdone)) && (await giveWay(deps, mending, overruled));
    const open = isMended ? contested : [...contested, ...outdone, ...overruled];
    await store.settleOperation(operation, end({ ...recorded, contested: open }));
    return [...outcomes];
  } catch (error) {
    // Anything but Graph's own refusal leaves the operation started, to be found and reconciled.
    if (error instanceof GraphError) {
      await store.settleOperation(operation, {
        status: error.maybeApplied ? 'uncertain' : 'failed',
        succeeded: 0,
        failed: identities.length,
        deferred: 0,
        counts: NO_COUNTS,
        durationMs: clock.now() - startedMs,
        code: error.code,
        fbtraceId: error.fbtraceId,
      });
    }
    throw error;
  }
}
