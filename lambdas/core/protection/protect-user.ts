import { LIMITS } from '../../contract/limits.ts';
import { isSameCaller } from '../changes/attempt-context.ts';
import { InvalidRequestError } from '../errors.ts';
import type { BlocklistStore } from '../ports/blocklist-store.ts';
import type { Reasons } from '../users/asked.ts';
import { findEverywhere, type OnNumber } from '../users/find-everywhere.ts';
import { isWanted, type Requester } from '../users/mirror.ts';
import { type ChangeProtectionDeps, changeProtection } from './change-protection.ts';
import { type ProtectedUser, protectedUsersOf, withForms } from './protected-user.ts';

export interface ProtectionDeps extends ChangeProtectionDeps {
  readonly store: Pick<
    BlocklistStore,
    'listProtected' | 'changeProtection' | 'endProtection' | 'getUsersOfNumbers' | 'listNumbers'
  >;
}

/** Who asks for the protection of a user, or for its end, and why. */
export interface ProtectionRequest extends Requester {
  /** A `wa_id` or a BSUID. */
  readonly id: string;
}

export interface Protection {
  readonly user: Omit<ProtectedUser, 'revision'>;
  /** The numbers on which the user is blocked at this moment, or has a deferred block. */
  readonly blockedOn: readonly OnNumber[];
}

/**
 * From now on nobody can block the user, by any id that a number knows. A block that is there stays, and the answer names it.
 * For a user who is protected already, another reason or requester is recorded; if neither is new, nothing changes.
 */
export async function protectUser(deps: ProtectionDeps, { id, ...requester }: ProtectionRequest): Promise<Protection> {
  const { ids, rows } = await findEverywhere(deps.store, { id });
  const { user } = await changeProtection(deps, (all, at) => {
    const known = protectedUsersOf(all, withForms(ids));
    const [prior] = known;
    if (!prior && all.length >= LIMITS.protectedUsers) throw tooMany();
    const next = {
      ...requester,
      user: prior?.user ?? id,
      ids: withForms([...known.flatMap((one) => one.ids), ...ids]),
      ...(requester.reason === undefined && requester.reasonCode === undefined ? reasonsOf(prior) : {}),
      protectedAt: prior?.protectedAt ?? at,
      ...heldBy(known),
    };
    if (prior && saysNothingNew(prior, next)) return { user: prior, changes: [] };
    const event = { user: next.user, action: 'protect', source: 'api', ...requester } as const;
    return { user: next, changes: [{ prior, next, event }] };
  });
  return { user, blockedOn: rows.filter((row) => row.user !== undefined && isWanted(row.user)) };
}

function saysNothingNew(prior: ProtectedUser, next: Omit<ProtectedUser, 'revision'>): boolean {
  return (
    isSameCaller(prior.actor, next.actor) &&
    prior.onBehalfOf === next.onBehalfOf &&
    prior.reason === next.reason &&
    prior.reasonCode === next.reasonCode &&
    next.ids.every((id) => prior.ids.includes(id))
  );
}

/** What is known of the moves of one person. */
function heldBy(known: readonly ProtectedUser[]): Pick<ProtectedUser, 'held'> {
  const all = known.flatMap(({ held }) => held ?? []);
  return all.length === 0 ? {} : { held: Object.assign({}, ...all) };
}

function reasonsOf(user: Reasons | undefined): Reasons {
  return { reason: user?.reason, reasonCode: user?.reasonCode };
}

function tooMany(): InvalidRequestError {
  return new InvalidRequestError(
    `user: ${LIMITS.protectedUsers} users are protected, which is the limit; end the protection of others first`,
    409,
  );
}
