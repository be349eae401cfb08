import { allEnded } from '../all-ended.ts';
import { type CallPolicy, callGraph } from '../call-graph.ts';
import { GraphError } from '../errors.ts';
import { GRAPH_CODE, isRetryableForUser } from '../graph-codes.ts';
import type { Clock, Credentials, Graph, GraphCall, TokenSource } from '../ports.ts';
import { NO_COUNTS } from './counts.ts';
import type { Identity } from './identity.ts';
import type { Requester, Source, Stored, Terms } from './mirror.ts';
import type { Operation } from './operation.ts';
import { type Action, countEnds, isUncertain, traceOf, type UserOutcome } from './outcome.ts';
import type { Due } from './pass.ts';
import { type Recorded, recordOutcomes } from './record-outcomes.ts';
import type { BlocklistStore } from './store.ts';

export interface ChangeUsersDeps {
  readonly store: BlocklistStore;
  readonly graph: Graph;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly newId: (now: number) => string;
  readonly listLimit: number;
  readonly policy: CallPolicy;
}

export interface ChangeUsersRequest extends Requester, Terms {
  readonly action: Action;
  readonly phoneNumberId: string;
  readonly version?: string | undefined;
  readonly credentials: Credentials;
  /** Distinct, at most the provider's batch. */
  readonly identities: readonly Identity[];
  /** `api` unless said otherwise. */
  readonly source?: Source | undefined;
  /** Set where nobody asks but the mirror. */
  readonly due?: Due | undefined;
}

/** Times that users with a passing failure of their own are sent again within one request. */
const USER_RETRIES = 2;
const USER_RETRY_PAUSE_MS = 200;

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
  const operation: Operation = {
    operationId: deps.newId(startedMs),
    phoneNumberId,
    action: request.action,
    startedAt,
    source: request.source ?? 'api',
    users: identities.length,
    ids: identities.map(({ id }) => id),
    expiresAt: request.expiresAt,
    defer: request.defer,
    actor: request.actor,
    onBehalfOf: request.onBehalfOf,
    reason: request.reason,
  };
  const [known, summary] = await allEnded([
    store.getUsers(
      phoneNumberId,
      identities.map(({ id }) => id),
    ),
    store.getSummary(phoneNumberId),
    store.startOperation(operation),
  ]);

  try {
    if (request.action === 'block') refuseIfFull(summary?.size ?? 0, deps.listLimit, identities, known);
    const { outcomes: answered, certain } = await callForUsers(deps, request);
    const answeredAt = new Date(clock.now()).toISOString();
    const pass = { ...operation, due: request.due, observedAt: startedAt, answeredAt };
    const [recorded] = await allEnded([
      recordOutcomes(store, phoneNumberId, pass, answered, known),
      // Only now: a mistyped number that Graph does not know must not be asked about every hour.
      store.registerNumber(phoneNumberId, startedAt),
    ]);
    const { outcomes, counts, contested } = recorded;
    const isMended = await mendAtGraph(deps, request, recorded);
    await store.settleOperation(operation, {
      status: certain && !contested && isMended ? 'finished' : 'uncertain',
      ...countEnds(outcomes),
      counts,
      durationMs: clock.now() - startedMs,
      fbtraceId: traceOf(outcomes),
    });
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

/**
 * Where what was due and what somebody asked for met at Graph, whoever asked is right: their change is sent again, or what
 * was due is undone. Within the operation, so that a reconciliation leaves these users alone. False where that failed.
 */
async function mendAtGraph(
  deps: ChangeUsersDeps,
  request: ChangeUsersRequest,
  { outdone, overruled }: Recorded,
): Promise<boolean> {
  const opposite = request.action === 'block' ? 'unblock' : 'block';
  for (const [action, identities] of [
    [request.action, outdone],
    [opposite, overruled],
  ] as const) {
    if (identities.length === 0) continue;
    try {
      const { outcomes, certain } = await callForUsers(deps, { ...request, action, identities });
      if (!certain || outcomes.some(({ failure }) => failure)) return false;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return false;
    }
  }
  return true;
}

/** Graph is not asked where the mirror already knows that nobody more fits; who is blocked already needs no room. */
export function refuseIfFull(
  size: number,
  limit: number,
  identities: readonly Identity[],
  known: ReadonlyMap<string, Stored>,
): void {
  if (size < limit) return;
  const someAreOnIt = identities.some(({ id }) => {
    const stored = known.get(id);
    return stored !== undefined && ('aliasOf' in stored || stored.state === 'blocked');
  });
  if (someAreOnIt) return;
  throw new GraphError({
    kind: 'list_full',
    code: GRAPH_CODE.listFull,
    message: `(#${GRAPH_CODE.listFull}) Blocklist limit reached`,
    details: `The blocklist of this phone number holds ${size} users, and ${limit} is its limit. Unblock users to make room.`,
  });
}

/**
 * Sends users whose own failure may pass again, a few times; everyone else is sent once. Not `certain` where Graph may have
 * changed users all the same whose outcome is a failure.
 */
async function callForUsers(
  deps: ChangeUsersDeps,
  request: ChangeUsersRequest,
): Promise<{ outcomes: UserOutcome[]; certain: boolean }> {
  const deadline = deps.clock.now() + deps.policy.budgetMs;
  const send = (call: GraphCall, identities: readonly Identity[]) =>
    deps.graph.changeUsers(call, request.action, identities);
  const outcomes = await callGraph(deps, deps.policy, request, (call) => send(call, request.identities));
  for (let retry = 1; retry <= USER_RETRIES; retry += 1) {
    const again = outcomes.flatMap(({ failure }, index) =>
      failure && isRetryableForUser(failure.code) ? [index] : [],
    );
    const budgetMs = deadline - deps.clock.now() - USER_RETRY_PAUSE_MS * retry;
    if (again.length === 0 || budgetMs < deps.policy.timeoutMs / 2) break;
    await deps.clock.sleep(USER_RETRY_PAUSE_MS * retry);
    const identities = again.flatMap((index) => request.identities[index] ?? []);
    try {
      const results = await callGraph(deps, { ...deps.policy, budgetMs, attempts: 1 }, request, (call) =>
        send(call, identities),
      );
      results.forEach((outcome, position) => {
        const index = again[position];
        if (index === undefined) return;
        // What a repeat failed for says nothing of an earlier call whose answer was lost.
        const isInDoubt = outcome.failure && outcomes[index]?.failure?.maybeApplied;
        outcomes[index] = isInDoubt ? { ...outcome, failure: { ...outcome.failure, maybeApplied: true } } : outcome;
      });
    } catch (error) {
      // The first answer stands: those users failed, and everyone else has an outcome that must not be lost.
      if (!(error instanceof GraphError)) throw error;
      return { outcomes, certain: !error.maybeApplied && !isUncertain(outcomes) };
    }
  }
  return { outcomes, certain: !isUncertain(outcomes) };
}
