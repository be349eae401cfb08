import { GraphError } from '../errors.ts';
import { GRAPH_CODE } from '../graph-codes.ts';
import type { UserStore } from '../ports/user-store.ts';
import type { ProtectedIds } from '../protection/protected-ids.ts';
import type { Identity } from '../users/identity.ts';
import { mirrorUser } from '../users/mirror.ts';
import type { Ask } from './converge.ts';
import type { Failure, UserOutcome } from './outcome.ts';

/** The failure of a user whom nobody may block. */
export const PROTECTED: Failure = {
  code: GRAPH_CODE.invalidParameter,
  message: `(#${GRAPH_CODE.invalidParameter}) Protected user`,
  details: 'This user is protected: nobody can block them, on any number, until an operator ends the protection',
  blocklistCode: 'protected_user',
};

export interface GuardDeps {
  readonly store: Pick<UserStore, 'getUsers' | 'addProtectedId'>;
  readonly protectedIds: Pick<ProtectedIds, 'get' | 'forget'>;
}

/** The users who are not protected. Throws if that cannot be known. */
export async function unprotected(
  { protectedIds }: Pick<GuardDeps, 'protectedIds'>,
  identities: readonly Identity[],
): Promise<readonly Identity[]> {
  const known = await protectedIds.get();
  return known.size === 0 ? identities : identities.filter(({ id }) => !known.has(id));
}

/** Asks Graph, but never to block a protected user. If nobody else is left, Graph is not called. */
export function guarded(deps: GuardDeps, phoneNumberId: string, ask: Ask): Ask {
  return async (action, identities) => {
    if (action === 'unblock') return ask(action, identities);
    const open = await unprotected(deps, identities);
    const answered = open.length === 0 ? [] : await takeBack(deps, { phoneNumberId, ask }, await ask(action, open));
    const byId = new Map(answered.map((outcome) => [outcome.identity.id, outcome]));
    return identities.map((identity) => byId.get(identity.id) ?? { identity, failure: PROTECTED });
  };
}

/**
 * Graph has just named a protected user whom nobody knew by the id that was sent. That id is protected from now on. If Graph
 * has blocked the user, that is undone at once, unless they were blocked before. If it refused, their block must not wait either.
 */
async function takeBack(
  { store, protectedIds }: GuardDeps,
  { phoneNumberId, ask }: { readonly phoneNumberId: string; readonly ask: Ask },
  outcomes: readonly UserOutcome[],
): Promise<readonly UserOutcome[]> {
  const known = await protectedIds.get();
  const protectedAs = ({ waId, userId }: UserOutcome) => [waId, userId].find((id) => id !== undefined && known.has(id));
  const named = outcomes.filter(protectedAs);
  if (named.length === 0) return outcomes;
  for (const outcome of named) {
    const user = known.get(protectedAs(outcome) ?? '');
    if (user !== undefined) await store.addProtectedId(user, outcome.identity.id);
  }
  protectedIds.forget();
  const blocked = named.filter(({ failure, deferral }) => !failure && !deferral);
  const names = blocked.flatMap((outcome) => protectedAs(outcome) ?? []);
  const stored = names.length === 0 ? new Map() : await store.getUsers(phoneNumberId, names, true);
  const wasBlocked = (outcome: UserOutcome) => mirrorUser(stored.get(protectedAs(outcome) ?? ''))?.state === 'blocked';
  const undone = await unblock(
    ask,
    blocked.filter((outcome) => !wasBlocked(outcome)).map(({ identity }) => identity),
  );
  return outcomes.map((outcome) => {
    if (!named.includes(outcome)) return outcome;
    const isCertain = blocked.includes(outcome)
      ? wasBlocked(outcome) || undone.has(outcome.identity.id)
      : !outcome.failure?.maybeApplied;
    const failure = isCertain ? PROTECTED : { ...PROTECTED, maybeApplied: true };
    return { ...outcome, deferral: undefined, failure };
  });
}

/** The ids of those whom Graph has unblocked for certain. */
async function unblock(ask: Ask, identities: readonly Identity[]): Promise<ReadonlySet<string>> {
  if (identities.length === 0) return new Set();
  try {
    const outcomes = await ask('unblock', identities);
    return new Set(outcomes.flatMap(({ identity, failure }) => (failure ? [] : [identity.id])));
  } catch (error) {
    if (error instanceof GraphError) return new Set();
    throw error;
  }
}
