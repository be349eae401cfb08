import type { Blocker } from '../changes/attempt-context.ts';
import { type ChangeUsersDeps, changeUsers } from '../changes/change-users.ts';
import type { Action, UserOutcome } from '../changes/outcome.ts';
import { GraphError } from '../errors.ts';
import { isRetryableForUser } from '../graph-codes.ts';
import { isoNow } from '../iso-time.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Log } from '../ports/services.ts';
import { type Identity, parseIdentity } from '../users/identity.ts';
import { isWanted, type MirrorUser, mirrorUser } from '../users/mirror.ts';
import type { Move } from './notice.ts';

export interface CarryOverDeps extends ChangeUsersDeps {
  readonly store: BlocklistStore;
  readonly log: Log;
}

export interface Carried {
  readonly source: MirrorUser;
  /** The key of the new identity, and what is known about it. */
  readonly target: string;
  readonly own: MirrorUser | undefined;
  /** Whether both ids are forms of one number. */
  readonly isSameNumber: boolean;
}

/**
 * Makes the user's block, or deferred block, hold for the new identity, and then ends it for the old one, so that there is no
 * gap. Gives the key by which Graph knows the user now, or nothing if it refuses.
 *
 * Meta does not say whether its own list follows a user. The calls are right either way: a blocked user stays blocked, and an
 * old number, which somebody else may get, does not. A new BSUID without a number means another number, which Meta does not
 * share (Meta's changelog of business-scoped user ids, August 2026).
 */
export async function carryOver(
  deps: CarryOverDeps,
  move: Move,
  { source, target, own, isSameNumber }: Carried,
): Promise<string | undefined> {
  const [from, to] = [parseIdentity(source.user), parseIdentity(target)];
  if (!isWanted(source) || !from || !to) return target;
  const now = isoNow(deps.clock);
  const isExpired = source.expiresAt !== undefined && source.expiresAt <= now;
  // If the new identity has a block of its own, that keeps its terms.
  const isMade = own?.state === 'blocked';
  let key = target;
  if (!isExpired && (!isMade || isSameNumber)) {
    // Two forms of a number may be one entry of Graph's list, and to unblock one would then unblock the other. If both are
    // blocked at once, which changes nothing for a blocked user, Graph's answer tells.
    const identities = isSameNumber ? [to, from] : [to];
    const made = await change(deps, move, { action: 'block', identities, asked: isMade ? own : source });
    if (!made) return undefined;
    const [as, before] = made.map(({ waId }) => waId);
    if (as !== undefined && (as === before || as === source.user)) return as;
    key = as ?? target;
  }
  if (!(await change(deps, move, { action: 'unblock', identities: [from] }))) return undefined;
  if (isExpired && !isMade) return key;
  // For Graph, a number and a BSUID may be one user, whom it has just unblocked.
  if (to.kind === 'phone' && from.kind === 'phone') return key;
  const asked = mirrorUser((await deps.store.getUsers(move.phoneNumberId, [key], true)).get(key));
  if (asked?.state === 'blocked') await change(deps, move, { action: 'block', identities: [to], asked });
  return key;
}

interface CarriedChange {
  readonly action: Action;
  readonly identities: readonly Identity[];
  /** The user whose terms it has. */
  readonly asked?: MirrorUser;
}

/** Gives nothing, and logs that, if Graph does not accept the change for the first identity. */
async function change(
  deps: CarryOverDeps,
  { phoneNumberId, forwarder }: Move,
  { action, identities, asked }: CarriedChange,
): Promise<readonly UserOutcome[] | undefined> {
  const terms = asked && {
    reason: asked.reason,
    reasonCode: asked.reasonCode,
    expiresAt: asked.expiresAt,
    defer: true,
    blockedBy: blockerOf(asked),
  };
  let outcomes: readonly UserOutcome[] = [];
  let failure: Pick<GraphError, 'code' | 'message'> | undefined;
  try {
    const credentials = await deps.tokens.credentials(phoneNumberId);
    const request = { phoneNumberId, credentials, action, ...forwarder, ...terms, source: 'webhook' as const };
    outcomes = await changeUsers(deps, { ...request, identities });
  } catch (error) {
    if (!(error instanceof GraphError) || (error.kind !== 'list_full' && error.kind !== 'permanent')) throw error;
    failure = error;
  }
  const failures = outcomes.flatMap((outcome) => outcome.failure ?? []);
  const passing = failures.find(({ code }) => isRetryableForUser(code));
  if (passing) throw new GraphError({ kind: 'transient', code: passing.code, message: passing.message });
  failure ??= outcomes[0]?.failure;
  if (!failure) return outcomes;
  deps.log.error('block not moved to the new identity', { phone_number_id: phoneNumberId, action, code: failure.code });
  return undefined;
}

function blockerOf({ actor, onBehalfOf, jobId }: MirrorUser): Blocker {
  return { actor, onBehalfOf, jobId };
}
